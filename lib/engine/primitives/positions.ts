import * as tf from "@tensorflow/tfjs";
import type { Graph, Value } from "../tracing/graph.ts";
import { reshape } from "../kernels/shapes.ts";
import type { Extents } from "./convolution.ts";
import { definePrimitive } from "./primitive.ts";

/** The extents of the images that positions are in. */
interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** The positions of K rows per sample, in the concatenated images, as a flat list. */
function flatPositions(at: tf.Tensor, rows: number, image: number): tf.Tensor1D {
  const [samples, channels, height, width] = at.shape as [number, number, number, number];
  const every = tf.tile(tf.reshape(at, [samples, 1, channels * height * width]), [
    1,
    rows / samples,
    1,
  ]);
  const starts = tf.range(0, rows * channels * image, image, "int32");
  return tf.reshape(
    tf.add(tf.reshape(every, [rows * channels, -1]), tf.reshape(starts, [-1, 1])),
    [-1],
  ) as tf.Tensor1D;
}

/** The positions of K rows per sample, [N, K, C, h w]. */
function emitRowPositions(graph: Graph, at: Value, rows: number): Value {
  const [samples, channels, height, width] = at.shape as [number, number, number, number];
  const once = reshape(graph, at, [samples, 1, channels, height * width]);
  const shape = [samples, rows / samples, channels, height * width];
  return rows === samples
    ? once
    : graph.node("Expand", [once, graph.integers(shape)], { shape, dtype: "int32" });
}

const pick = definePrimitive<ImageSize>({
  name: "GatherAt",
  arity: 2,
  eager: ([x, at], { height, width }) => {
    const [rows, channels] = x!.shape as [number, number];
    const flat = tf.gather(tf.reshape(x!, [-1]), flatPositions(at!, rows, height * width));
    return tf.reshape(flat, [rows, channels, at!.shape[2]!, at!.shape[3]!]);
  },
  emit: ({ graph, inputs: [x, at], attributes }) => {
    attributes.only("height", "width");
    const [rows, channels, height, width] = x!.shape as [number, number, number, number];
    const indices = emitRowPositions(graph, at!, rows);
    const images = reshape(graph, x!, [...indices.shape.slice(0, 3), height * width]);
    const picked = graph.node("GatherElements", [images, indices], { shape: indices.shape }, {
      axis: 3,
    });
    return reshape(graph, picked, [rows, channels, at!.shape[2]!, at!.shape[3]!]);
  },
  gradient: (dy, [, at], { height, width }) => [
    () => scatterTo(dy, at!, [height, width]),
    () => tf.zeros(at!.shape),
  ],
});

/**
 * The numbers at some positions.
 *
 * @param x K rows for every row of the positions, [N K, C, H, W].
 * @param at Positions, row W + column, [N, C, h, w]. A constant for the gradient.
 * @returns [N K, C, h, w].
 */
export function gatherAt(x: tf.Tensor, at: tf.Tensor): tf.Tensor4D {
  return pick([x, at], { height: x.shape[2]!, width: x.shape[3]! }) as tf.Tensor4D;
}

const put = definePrimitive<ImageSize>({
  name: "ScatterTo",
  arity: 2,
  eager: ([y, at], { height, width }) => {
    const [rows, channels] = y!.shape as [number, number];
    const indices = tf.reshape(flatPositions(at!, rows, height * width), [-1, 1]);
    const total = rows * channels * height * width;
    const flat = tf.scatterND(indices, tf.reshape(y!, [-1]), [total]);
    return tf.reshape(flat, [rows, channels, height, width]);
  },
  emit: ({ graph, inputs: [y, at], attributes }) => {
    attributes.only("height", "width");
    const [height, width] = [attributes.number("height"), attributes.number("width")];
    const [rows, channels] = y!.shape as [number, number];
    const indices = emitRowPositions(graph, at!, rows);
    const shape = [...indices.shape.slice(0, 3), height * width];
    const sums = graph.node(
      "ScatterElements",
      [graph.uniform(0, shape, "float32"), indices, reshape(graph, y!, indices.shape)],
      { shape },
      { axis: 3, reduction: "add" },
    );
    return reshape(graph, sums, [rows, channels, height, width]);
  },
  gradient: (dx, [, at]) => [() => gatherAt(dx, at!), () => tf.zeros(at!.shape)],
});

/**
 * Adds up numbers at some positions of images that are 0 elsewhere: the adjoint of {@link gatherAt}.
 *
 * @param y K rows for every row of the positions, [N K, C, h, w].
 * @param at Positions, row W + column, [N, C, h, w]. A constant for the gradient.
 * @param extents Height and width of the images.
 * @returns [N K, C, H, W].
 */
export function scatterTo(y: tf.Tensor, at: tf.Tensor, [height, width]: Extents): tf.Tensor4D {
  return put([y, at], { height, width }) as tf.Tensor4D;
}
