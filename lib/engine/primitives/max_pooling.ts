import * as tf from "@tensorflow/tfjs";
import { constant } from "../constant.ts";
import type { Attributes } from "../trace_backend.ts";
import { convolvedExtent } from "./convolution.ts";
import { scatterTo } from "./positions.ts";
import { definePrimitive } from "./primitive.ts";

/** Square windows that may overlap, leave gaps or reach over the border. */
export interface Windows {
  /** Rows and columns of a window. */
  readonly window: number;
  /** Distance between neighbouring windows. */
  readonly stride: number;
  /** How far windows reach over every border; at most half a window, so that each holds a number. */
  readonly pad: number;
}

/** [N, C, h, w]: rows and columns that no whole window fits are left out, as PyTorch does. */
function pooledShape({ shape }: { readonly shape: readonly number[] }, windows: Windows) {
  const [rows, channels, ...extents] = shape as [number, number, number, number];
  const [height, width] = extents.map((e) => convolvedExtent(e, windows.window, windows));
  return [rows, channels, height!, width!] as [number, number, number, number];
}

function readWindows(attributes: Attributes): Windows {
  attributes.only("window", "stride", "pad");
  const [window, stride, pad] = ["window", "stride", "pad"].map((name) => attributes.number(name));
  return { window: window!, stride: stride!, pad: pad! };
}

function onnxAttributes({ window, stride, pad }: Windows) {
  return {
    kernel_shape: [window, window],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  };
}

/** The numbers at every place of the windows, in row-major order, [N, C, h, w] each. */
function places(x: tf.Tensor, windows: Windows): tf.Tensor[] {
  const { window, stride, pad } = windows;
  const [rows, channels, height, width] = pooledShape(x, windows);
  const border = [pad, pad] as [number, number];
  const padded = pad === 0 ? x : tf.pad(x, [[0, 0], [0, 0], border, border], -Infinity);
  const [down, right] = [(height - 1) * stride + 1, (width - 1) * stride + 1];
  return Array.from({ length: window ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / window), i % window];
    return tf.stridedSlice(
      padded,
      [0, 0, row, column],
      [rows, channels, row + down, column + right],
      [1, 1, stride, stride],
    );
  });
}

const maxima = definePrimitive<Windows>({
  name: "WindowMaxima",
  arity: 1,
  eager: ([x], windows) => places(x!, windows).reduce((a, b) => tf.maximum(a, b)),
  emit: ({ graph, inputs: [x], attributes }) => {
    const windows = readWindows(attributes);
    return graph.node(
      "MaxPool",
      [x!],
      { shape: pooledShape(x!, windows) },
      onnxAttributes(windows),
    );
  },
  gradient: (dy, [x], windows) => [
    () => scatterTo(dy, maximumPositions(x!, windows), [x!.shape[2]!, x!.shape[3]!]),
  ],
});

/**
 * The maximum of every window.
 *
 * @param x [N, C, H, W].
 * @returns [N, C, h, w].
 */
export function windowMaxima(x: tf.Tensor, windows: Windows): tf.Tensor4D {
  return maxima([x], windows) as tf.Tensor4D;
}

/**
 * Where the maximum of every window is: row W + column in its image, of several maxima the first. A constant for
 * the gradient.
 *
 * @param x [N, C, H, W].
 * @returns Whole numbers, [N, C, h, w].
 */
export function maximumPositions(x: tf.Tensor, windows: Windows): tf.Tensor4D {
  const { window, stride, pad } = windows;
  const [, , height, width] = pooledShape(x, windows);
  const [rows, columns] = x.shape.slice(2) as [number, number];
  const corners = Int32Array.from(
    { length: height * width },
    (_, i) => (Math.floor(i / width) * columns + i % width) * stride - pad * (columns + 1),
  );
  const fromCorner = (i: number) => Math.floor(i / window) * columns + i % window;
  return constant(() => {
    const highest = windowMaxima(x, windows);
    // Backwards: the first of several maxima is found last.
    const found = places(x, windows).reduceRight(
      (found, place, i) =>
        tf.where(tf.equal(place, highest), tf.scalar(fromCorner(i), "int32"), found),
      tf.zeros(highest.shape, "int32") as tf.Tensor,
    );
    const positions = tf.add(found, tf.tensor2d(corners, [height, width], "int32"));
    // Where all numbers are NaN, none is found.
    return tf.clipByValue(positions, 0, rows * columns - 1);
  }) as tf.Tensor4D;
}
