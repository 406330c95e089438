import * as tf from "@tensorflow/tfjs";
import type { Emitter } from "../trace_backend.ts";
import { reshape } from "../kernels/shapes.ts";
import { rowScale } from "../row_scale.ts";
import { definePrimitive } from "./primitive.ts";

/** Sums of squares between these have lost nothing to underflow, and did not overflow. */
const [least, most] = [1e-24, 1e24];
/** A power of two that takes rows beyond either end back between them: up, or down. */
const factor = 2 ** 84;

/**
 * Rows are read once where that is enough. Those whose sum of squares lies outside the safe range, often none, are
 * gathered, scaled and summed again.
 */
const emit: Emitter = ({ graph, inputs: [x], attributes }) => {
  attributes.only();
  const [count, length] = x!.shape as [number, number];
  const column = { shape: [count, 1] };
  const condition = { shape: [count, 1], dtype: "bool" } as const;
  const number = (value: number) => graph.uniform(value, [count, 1], "float32");
  const sums = graph.node("ReduceSumSquare", [x!, graph.integers([1])], column, { keepdims: 1 });
  const small = graph.node("Less", [sums, number(least)], condition);
  const large = graph.node("Greater", [sums, number(most)], condition);
  const outside = graph.node("Or", [small, large], condition);
  const factors = graph.node("Where", [small, number(factor), number(1 / factor)], column);

  const some = -1; // how many there are is known when the graph runs
  const places = graph.node("NonZero", [reshape(graph, outside, [count])], {
    shape: [1, some],
    dtype: "int64",
  });
  const list = graph.node("Reshape", [places, graph.integers([some])], {
    shape: [some],
    dtype: "int64",
  });
  const indices = graph.node("Transpose", [places], { shape: [some, 1], dtype: "int64" }, {
    perm: [1, 0],
  });
  const rows = graph.node("Gather", [x!, list], { shape: [some, length] }, { axis: 0 });
  const own = graph.node("Gather", [factors, list], { shape: [some, 1] }, { axis: 0 });
  const scaled = graph.node("Mul", [rows, own], { shape: [some, length] });
  const again = graph.node(
    "ReduceSumSquare",
    [scaled, graph.integers([1])],
    { shape: [some, 1] },
    { keepdims: 1 },
  );
  const roots = graph.node("Sqrt", [again], { shape: [some, 1] });
  const norms = graph.node("Div", [roots, own], { shape: [some, 1] });
  return graph.node("ScatterND", [graph.node("Sqrt", [sums], column), indices, norms], column);
};

function eager(x: tf.Tensor): tf.Tensor {
  const scale = rowScale(x);
  return tf.div(tf.sqrt(tf.sum(tf.square(tf.mul(x, scale)), 1, true)), scale);
}

const norms = definePrimitive<Record<string, never>>({
  name: "RowNorms",
  arity: 1,
  eager: ([x]) => eager(x!),
  emit,
  gradient: (dy, [x]) => [() => {
    const lengths = rowNorms(x!);
    const positive = tf.greater(lengths, 0);
    return tf.mul(dy, tf.div(x!, tf.where(positive, lengths, tf.onesLike(lengths))));
  }],
});

/**
 * The Euclidean norms of rows, right wherever they are numbers of float32: their squares neither overflow nor vanish.
 *
 * @param x [R, D].
 * @returns [R, 1].
 */
export function rowNorms(x: tf.Tensor): tf.Tensor {
  return norms([x], {});
}
