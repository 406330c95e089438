import type { Graph, Value } from "../tracing/graph.ts";
import { registerEmitter } from "../tracing/trace_backend.ts";
import { cast } from "./elementwise.ts";
import { normalizeAxes } from "./shapes.ts";

/** TensorFlow.js passes the axes of max and min under another name than those of sum and mean. */
const reductions: Record<string, { op: string; axes: string }> = {
  Sum: { op: "ReduceSum", axes: "axis" },
  Mean: { op: "ReduceMean", axes: "axis" },
  Prod: { op: "ReduceProd", axes: "axis" },
  Max: { op: "ReduceMax", axes: "reductionIndices" },
  Min: { op: "ReduceMin", axes: "axis" },
};

for (const [kernel, { op, axes: name }] of Object.entries(reductions)) {
  registerEmitter(kernel, ({ graph, inputs: [x], attributes }) => {
    attributes.only(name, "keepDims");
    const axes = normalizeAxes(
      attributes.has(name) ? attributes.numbers(name) : undefined,
      x!.shape.length,
    );
    const keepdims = attributes.boolean("keepDims");
    const number = kernel === "Mean"
      ? cast(graph, x!, "float32")
      : x!.dtype === "bool"
      ? cast(graph, x!, "int32")
      : x!;
    if (axes.length === 0) return number;
    const type = { shape: reducedShape(x!, axes, keepdims), dtype: number.dtype };
    const square = kernel === "Sum" ? squaredOperand(graph, number) : undefined;
    const [reduction, operand] = square ? ["ReduceSumSquare", square] : [op, number];
    return graph.node(reduction, [operand, graph.integers(axes)], type, {
      keepdims: Number(keepdims),
    });
  });
}

for (const [kernel, op] of [["ArgMax", "ArgMax"], ["ArgMin", "ArgMin"]] as const) {
  registerEmitter(kernel, ({ graph, inputs: [x], attributes }) => {
    attributes.only("axis");
    const [axis = 0] = normalizeAxes(attributes.numbers("axis"), x!.shape.length);
    const shape = reducedShape(x!, [axis], false);
    const index = graph.node(op, [x!], { shape, dtype: "int64" }, { axis, keepdims: 0 });
    return cast(graph, index, "int32");
  });
}

/** x when the value is x * x: a sum of squares reads it once. */
function squaredOperand(graph: Graph, value: Value): Value | undefined {
  const node = graph.producer(value);
  return node?.op === "Mul" && node.inputs[0] === node.inputs[1] ? node.inputs[0] : undefined;
}

function reducedShape({ shape }: Value, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((extent, axis) => axes.includes(axis) ? 1 : extent)
    : shape.filter((_, axis) => !axes.includes(axis));
}
