import type { Graph, Value } from "../tracing/graph.ts";
import { size } from "../nd_array.ts";

/** The shape that two operands broadcast to, as in NumPy. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left = 1, right = 1] = [a[a.length - rank + axis], b[b.length - rank + axis]];
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`broadcasting: expected shapes that agree or are 1, got [${a}] and [${b}]`);
    }
    return left === 1 ? right : left;
  });
}

/** Axes as whole numbers from 0 in order; all of them unless some are named. */
export function normalizeAxes(axes: readonly number[] | undefined, rank: number): number[] {
  const named = axes ?? Array.from({ length: rank }, (_, axis) => axis);
  return named.map((axis) => axis < 0 ? axis + rank : axis).sort((a, b) => a - b);
}

/** Adds a reshape, unless the value has that shape already; reshapes of reshapes are one. */
export function reshape(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (size(value.shape) !== size(shape)) {
    throw new Error(
      `reshaping: expected ${size(value.shape)} elements as [${value.shape}] has, got [${shape}]`,
    );
  }
  if (value.uniform !== undefined) return graph.uniform(value.uniform, shape, value.dtype);
  const source = graph.reshapedFrom(value);
  if (String(source.shape) === String(shape)) return source;
  const reshaped = graph.node("Reshape", [source, graph.integers(shape)], {
    shape,
    dtype: value.dtype,
  });
  graph.noteReshape(reshaped, source);
  return reshaped;
}
