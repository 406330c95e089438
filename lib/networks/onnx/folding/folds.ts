import type { OnnxNode } from "../onnx_node.ts";
import type { Value } from "../values.ts";

/** Operators on values that are known when a model is read. */
export type Folds = Readonly<Record<string, (node: OnnxNode) => Value>>;
