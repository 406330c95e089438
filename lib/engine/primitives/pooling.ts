import * as tf from "@tensorflow/tfjs";
import type { Graph, Value } from "../tracing/graph.ts";
import { cast } from "../kernels/elementwise.ts";
import { definePrimitive, noGradient } from "./primitive.ts";

/** Square windows of `window` rows and columns that tile the input. */
interface Windows {
  readonly window: number;
}

/** Of a tensor or a traced value. */
function pooledShape({ shape }: Pick<Value, "shape">, window: number): number[] {
  return [shape[0]!, shape[1]!, shape[2]! / window, shape[3]! / window];
}

const square = (window: number) => ({ kernel_shape: [window, window], strides: [window, window] });

/** Splits [N, C, H, W] into windows: [N C H/k, k, W/k, k]. */
function windows(x: tf.Tensor, window: number): tf.Tensor4D {
  const [rows, channels, height, width] = x.shape as [number, number, number, number];
  return tf.reshape(x, [rows * channels * height / window, window, width / window, window]);
}

const poolMaximum = definePrimitive<Windows>({
  name: "MaxPooling",
  arity: 1,
  eager: ([x], { window }) =>
    tf.reshape(tf.max(windows(x!, window), [1, 3]), pooledShape(x!, window)),
  emit: ({ graph, inputs: [x], attributes }) => {
    attributes.only("window");
    return emitMaxPool(graph, x!, attributes.number("window"));
  },
  gradient: (dy, [x], { window }) => [() => unpool(dy, firstMaximum(x!, window), window)],
});

function emitMaxPool(graph: Graph, x: Value, window: number): Value {
  return graph.node("MaxPool", [x], { shape: pooledShape(x, window) }, square(window));
}

/**
 * Max-pooling over windows that tile the input.
 *
 * @param x [N, C, H, W], with H and W multiples of `window`.
 * @returns [N, C, H / window, W / window].
 */
export function maxPool(x: tf.Tensor, window: number): tf.Tensor4D {
  return poolMaximum([x], { window }) as tf.Tensor4D;
}

const switches = definePrimitive<Windows>({
  name: "FirstMaximum",
  arity: 1,
  eager: ([x], { window }) => {
    const [rows, k, columns] = windows(x!, window).shape;
    const flat = tf.reshape(tf.transpose(windows(x!, window), [0, 2, 1, 3]), [
      rows,
      columns,
      k * k,
    ]);
    const chosen = tf.oneHot(tf.argMax(flat, 2), k * k, 1, 0, "float32");
    return tf.reshape(
      tf.transpose(tf.reshape(chosen, [rows, columns, k, k]), [0, 2, 1, 3]),
      x!.shape,
    );
  },
  emit: ({ graph, inputs: [x], attributes }) => {
    attributes.only("window");
    return emitFirstMaximum(graph, x!, attributes.number("window"));
  },
  gradient: noGradient,
});

/** Ties happen (a constant background): of a window's equal maxima, the one with the highest rank is the first. */
function emitFirstMaximum(graph: Graph, x: Value, window: number): Value {
  const mask = { shape: x.shape, dtype: "bool" } as const;
  const highest = emitUpsample(graph, emitMaxPool(graph, x, window), window);
  const maxima = cast(graph, graph.node("Equal", [x, highest], mask), "float32");
  const [height, width] = x.shape.slice(2) as [number, number];
  const ranks = Float32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width) % window, i % width % window];
    return window * window - row * window - column;
  });
  const ranked = graph.node("Mul", [
    maxima,
    graph.constant(ranks, [1, 1, height, width], "float32"),
  ], x);
  const first = emitUpsample(graph, emitMaxPool(graph, ranked, window), window);
  return cast(graph, graph.node("Equal", [ranked, first], mask), "float32");
}

/**
 * The pooling switches: 1 at the first maximum of every window, 0 elsewhere. A constant for the gradient.
 *
 * @param x [N, C, H, W].
 * @returns [N, C, H, W].
 */
export function firstMaximum(x: tf.Tensor, window: number): tf.Tensor4D {
  return switches([x], { window }) as tf.Tensor4D;
}

const repeat = definePrimitive<Windows>({
  name: "Upsampling",
  arity: 1,
  eager: ([x], { window }) => {
    const [rows, channels, height, width] = x!.shape as [number, number, number, number];
    const spread = tf.tile(tf.reshape(x!, [rows * channels * height, 1, width, 1]), [
      1,
      window,
      1,
      window,
    ]);
    return tf.reshape(spread, [rows, channels, height * window, width * window]);
  },
  emit: ({ graph, inputs: [x], attributes }) => {
    attributes.only("window");
    return emitUpsample(graph, x!, attributes.number("window"));
  },
  gradient: (dy, _, { window }) => [() => windowSum(dy, window)],
});

function emitUpsample(graph: Graph, x: Value, window: number): Value {
  const [rows, channels, height, width] = x.shape as [number, number, number, number];
  const shape = [rows, channels, height * window, width * window];
  const none = graph.constant(new Float32Array(0), [0], "float32");
  const scales = graph.constant(Float32Array.of(1, 1, window, window), [4], "float32");
  return graph.node("Resize", [x, none, scales], { shape }, {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}

/** Repeats every element over a window: [N, C, h, w] to [N, C, h * window, w * window]. */
export function upsample(x: tf.Tensor, window: number): tf.Tensor4D {
  return repeat([x], { window }) as tf.Tensor4D;
}

const poolAverage = definePrimitive<Windows>({
  name: "AveragePooling",
  arity: 1,
  eager: ([x], { window }) =>
    tf.reshape(tf.mean(windows(x!, window), [1, 3]), pooledShape(x!, window)),
  emit: ({ graph, inputs: [x], attributes }) => {
    attributes.only("window");
    const window = attributes.number("window");
    return graph.node("AveragePool", [x!], { shape: pooledShape(x!, window) }, square(window));
  },
  gradient: (dy, _, { window }) => [() => tf.mul(upsample(dy, window), 1 / window ** 2)],
});

/**
 * Average pooling over windows that tile the input.
 *
 * @param x [N, C, H, W], with H and W multiples of `window`.
 * @returns [N, C, H / window, W / window].
 */
export function averagePool(x: tf.Tensor, window: number): tf.Tensor4D {
  return poolAverage([x], { window }) as tf.Tensor4D;
}

const addUp = definePrimitive<Windows>({
  name: "WindowSum",
  arity: 1,
  eager: ([x], { window }) =>
    tf.reshape(tf.sum(windows(x!, window), [1, 3]), pooledShape(x!, window)),
  emit: ({ graph, inputs: [x], attributes }) => {
    attributes.only("window");
    const window = attributes.number("window");
    const type = { shape: pooledShape(x!, window) };
    const mean = graph.node("AveragePool", [x!], type, square(window));
    return graph.node("Mul", [mean, graph.uniform(window ** 2, [], "float32")], type);
  },
  gradient: (dy, _, { window }) => [() => upsample(dy, window)],
});

/**
 * The sum over every window: the adjoint of {@link upsample}.
 *
 * @param x [N, C, H, W], with H and W multiples of `window`.
 * @returns [N, C, H / window, W / window].
 */
export function windowSum(x: tf.Tensor, window: number): tf.Tensor4D {
  return addUp([x], { window }) as tf.Tensor4D;
}

/**
 * The layer reverse to max-pooling (Section 3.3): every element goes to its window's switch.
 *
 * @param y [N K, C, h, w]: K rows for every row of the switches.
 * @param mask Switches, [N, C, H, W].
 * @returns [N K, C, H, W].
 */
export function unpool(y: tf.Tensor, mask: tf.Tensor, window: number): tf.Tensor4D {
  return maskRows(upsample(y, window), mask) as tf.Tensor4D;
}

/** Multiplies K rows [N K, ...] with each row of a mask [N, ...]. */
export function maskRows(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const rows = mask.shape[0]!;
  if (x.shape[0] === rows) return tf.mul(x, mask);
  const length = mask.size / rows;
  const product = tf.mul(tf.reshape(x, [rows, -1, length]), tf.reshape(mask, [rows, 1, length]));
  return tf.reshape(product, x.shape);
}
