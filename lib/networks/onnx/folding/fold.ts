import type { OnnxNode } from "../onnx_node.ts";
import type { Value } from "../values.ts";
import { arrangementFolds } from "./arrangement.ts";
import { constantFolds } from "./constants.ts";
import { elementwiseFolds } from "./elementwise.ts";
import type { Folds } from "./folds.ts";

const folds: Folds = { ...constantFolds, ...arrangementFolds, ...elementwiseFolds };

/** Computes a node from known inputs only: shapes and axes, never a trained number. */
export function fold(node: OnnxNode): Value {
  const compute = Object.hasOwn(folds, node.op) ? folds[node.op] : undefined;
  if (compute) return compute(node);
  return node.refuse(
    "it computes only with constants, and is not an operator on shapes: fold constants when exporting",
  );
}
