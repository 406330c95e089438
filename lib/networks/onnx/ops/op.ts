import type { OnnxNode } from "../onnx_node.ts";
import type { Value } from "../values.ts";

/** An operator on values that depend on the input: adds layers to the graph, and gives the node's outputs. */
export type Op = (node: OnnxNode) => Value | readonly Value[];

/** Such operators by name. */
export type Ops = Readonly<Record<string, Op>>;
