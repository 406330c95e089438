import * as tf from "@tensorflow/tfjs";
import { constant } from "../constant.ts";
import type { Attributes } from "../tracing/trace_backend.ts";
import {
  convolvedExtents,
  type Extents,
  type PerAxis,
  perAxis,
  type PerSide,
  perSide,
} from "./convolution.ts";
import { scatterTo } from "./positions.ts";
import { definePrimitive } from "./primitive.ts";

/** Windows that may overlap, leave gaps or reach over the border. */
export interface Windows {
  /** Rows and columns of a window. */
  readonly window: PerAxis;
  /** Distance between neighbouring windows. */
  readonly stride: PerAxis;
  /** How far windows reach over every border; less than a window, so that each holds a number. */
  readonly pad: PerSide;
}

/** [N, C, h, w]: rows and columns that do not fill a window are ignored, as in PyTorch. */
function pooledShape({ shape }: { readonly shape: readonly number[] }, windows: Windows) {
  const [rows, channels, ...extents] = shape as [number, number, number, number];
  const pooled = convolvedExtents(extents, perAxis(windows.window), windows);
  return [rows, channels, ...pooled] as [number, number, number, number];
}

function readWindows(attributes: Attributes): Windows {
  attributes.only("window", "stride", "pad");
  const [window, stride, pad] = ["window", "stride", "pad"].map((name) => attributes.raw(name));
  return { window: window as PerAxis, stride: stride as PerAxis, pad: pad as PerSide };
}

function onnxAttributes({ window, stride, pad }: Windows) {
  return { kernel_shape: perAxis(window), strides: perAxis(stride), pads: perSide(pad) };
}

/** The numbers at every place of the windows, in row-major order, [N, C, h, w] each. */
function places(x: tf.Tensor, windows: Windows): tf.Tensor[] {
  const [window, stride] = [perAxis(windows.window), perAxis(windows.stride)];
  const [top, left, bottom, right] = perSide(windows.pad);
  const [rows, channels, height, width] = pooledShape(x, windows);
  const padded = top || left || bottom || right
    ? tf.pad(x, [[0, 0], [0, 0], [top, bottom], [left, right]], -Infinity)
    : x;
  const [down, across] = [(height - 1) * stride[0] + 1, (width - 1) * stride[1] + 1];
  return Array.from({ length: window[0] * window[1] }, (_, i) => {
    const [row, column] = placeOf(i, window);
    return tf.stridedSlice(
      padded,
      [0, 0, row, column],
      [rows, channels, row + down, column + across],
      [1, 1, ...stride],
    );
  });
}

/** Row and column of a window's i-th place. */
function placeOf(i: number, [, width]: Extents): [row: number, column: number] {
  return [Math.floor(i / width), i % width];
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
 * The position of every window's maximum, row W + column in its image; the first of several maxima. A constant for
 * the gradient.
 *
 * @param x [N, C, H, W].
 * @returns Whole numbers, [N, C, h, w].
 */
export function maximumPositions(x: tf.Tensor, windows: Windows): tf.Tensor4D {
  const [window, [down, right]] = [perAxis(windows.window), perAxis(windows.stride)];
  const [top, left] = perSide(windows.pad);
  const [, , height, width] = pooledShape(x, windows);
  const [rows, columns] = x.shape.slice(2) as [number, number];
  const corners = Int32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = placeOf(i, [height, width]);
    return (row * down - top) * columns + column * right - left;
  });
  const fromCorner = (i: number) => {
    const [row, column] = placeOf(i, window);
    return row * columns + column;
  };
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
