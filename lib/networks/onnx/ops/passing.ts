import { elementTypes } from "../element_types.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import type { Flow } from "../values.ts";

function identity(node: OnnxNode): Flow {
  return node.anyFlow(0);
}

/** Dropout as in evaluation; in training mode only where it drops nothing. */
function dropout(node: OnnxNode): Flow {
  node.float("ratio", 0.5);
  node.int("seed", 0);
  if (node.opset >= 12 && node.scalar(2) && node.scalar(1) !== 0) {
    node.refuse("it is in training mode: export in evaluation mode");
  }
  return node.anyFlow(0);
}

/** Cast between floating-point types: all is computed in float32. */
function cast(node: OnnxNode): Flow {
  const type = elementTypes[node.int("to", 0)];
  if (type?.float) return node.anyFlow(0);
  return node.refuse(`it rounds to ${type?.name ?? "another type"}, which has no gradient`);
}

/** Operators that pass a value on. */
export const passingOps: Ops = {
  Identity: identity,
  Dropout: dropout,
  Cast: cast,
};
