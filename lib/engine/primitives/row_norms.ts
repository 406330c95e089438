import * as tf from "@tensorflow/tfjs";
import type { Emitter } from "../tracing/trace_backend.ts";
import { reshape } from "../kernels/shapes.ts";
import { rowScale } from "../row_scale.ts";
import { definePrimitive } from "./primitive.ts";

/** Sums of squares between these have lost nothing to underflow, and have not overflowed. */
const [least, most] = [1e-24, 1e24];
/** The powers of two that scale rows beyond either end back between them: up, or down. */
const factor = 2 ** 84;

/**
 * Rows are read once where that is enough. Rows with a sum of squares outside the safe range, often none, are
 * gathered, scaled and summed again.
 */
const emit: Emitter = ({ graph, inputs: [x], attributes }) => {
  attributes.only();
  const [count, length] = x!.shape as [number, number];
  const axis = graph.integers([1]);
  const column = { shape: [count, 1] };
  const condition = { shape: [count, 1], dtype: "bool" } as const;
  const [low, high, up, down] = [least, most, factor, 1 / factor].map((number) =>
    graph.uniform(number, [], "float32")
  );
  const sums = graph.node("ReduceSumSquare", [x!, axis], column, { keepdims: 1 });
  const inside = graph.node(
    "Equal",
    [sums, graph.node("Clip", [sums, low!, high!], column)],
    condition,
  );
  const outside = reshape(graph, graph.node("Not", [inside], condition), [count]);

  const some = -1; // how many there are is known when the graph runs
  const places = graph.node("NonZero", [outside], { shape: [1, some], dtype: "int64" });
  const indices = graph.node(
    "Transpose",
    [places],
    { shape: [some, 1], dtype: "int64" },
    { perm: [1, 0] },
  );
  const list = graph.node("Reshape", [places, graph.integers([some])], {
    shape: [some],
    dtype: "int64",
  });
  const own = { shape: [some, 1] };
  const rows = graph.node("Gather", [x!, list], { shape: [some, length] }, { axis: 0 });
  const lost = graph.node("Gather", [sums, list], own, { axis: 0 });
  const isSmall = graph.node("Less", [lost, low!], { ...own, dtype: "bool" });
  const factors = graph.node("Where", [isSmall, up!, down!], own);
  const scaled = graph.node("Mul", [rows, factors], { shape: [some, length] });
  const again = graph.node("ReduceSumSquare", [scaled, axis], own, { keepdims: 1 });
  const norms = graph.node("Div", [graph.node("Sqrt", [again], own), factors], own);
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
