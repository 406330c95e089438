import type { Graph, Value } from "../tracing/graph.ts";
import { registerEmitter } from "../tracing/trace_backend.ts";
import { transpose } from "./arrangement.ts";
import { broadcastShapes } from "./shapes.ts";

registerEmitter("BatchMatMul", ({ graph, inputs: [a, b], attributes }) => {
  attributes.only("transposeA", "transposeB");
  const [transA, transB] = [attributes.boolean("transposeA"), attributes.boolean("transposeB")];
  return a!.shape.length === 2 && b!.shape.length === 2
    ? gemm(graph, a!, b!, transA, transB)
    : batched(
      graph,
      transA ? lastAxesSwapped(graph, a!) : a!,
      transB ? lastAxesSwapped(graph, b!) : b!,
    );
});

/** Gemm reads its operands transposed at no cost. */
function gemm(graph: Graph, a: Value, b: Value, transA: boolean, transB: boolean): Value {
  const shape = [a.shape[transA ? 1 : 0]!, b.shape[transB ? 0 : 1]!];
  if (a.uniform === 0 || b.uniform === 0) return graph.uniform(0, shape, "float32");
  return graph.node("Gemm", [a, b], { shape }, { transA: Number(transA), transB: Number(transB) });
}

function batched(graph: Graph, a: Value, b: Value): Value {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return graph.node("MatMul", [a, b], { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] });
}

function lastAxesSwapped(graph: Graph, x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) =>
    axis < rank - 2 ? axis : axis === rank - 2 ? rank - 1 : rank - 2
  );
  return transpose(graph, x, perm);
}
