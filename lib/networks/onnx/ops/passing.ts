import { elementTypes } from "../element_types.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import { batchSize, type Flow } from "../values.ts";

function identity(node: OnnxNode): Flow {
  return node.flow(0);
}

/** Dropout as in evaluation. */
function dropout(node: OnnxNode): Flow {
  node.float("ratio", 0.5);
  node.int("seed", 0);
  if (node.opset >= 12 && node.scalar(2)) node.refuse("it is in training mode");
  return node.flow(0);
}

/** Cast between floating-point types: all is computed in float32. */
function cast(node: OnnxNode): Flow {
  const type = elementTypes[node.int("to", 0)];
  if (type?.float) return node.flow(0);
  return node.refuse(`it rounds to ${type?.name ?? "another type"}, which has no gradient`);
}

/** Softmax at the end: attacks and losses take logits. */
function softmax(node: OnnxNode): Flow {
  const x = node.flow(0);
  if (!node.isLast) node.refuse("it is not at the network's end, where it would be taken off");
  const shape = [batchSize, ...x.shape];
  const axis = node.int("axis", node.opset < 13 ? 1 : -1);
  const at = axis < 0 ? axis + shape.length : axis;
  // Before opset 13 all axes from this one are one.
  const own = shape.map((extent, i) => i === at || (node.opset < 13 && i > at) || extent === 1);
  if (!own.slice(1).every(Boolean) || own[0]) {
    node.refuse(`its classes lie along axis ${axis} of [N, ${x.shape.join(", ")}]`);
  }
  node.note(`the ${node.op} at the end, ${node.output}, was taken off: the network gives logits`);
  return x;
}

/** What passes a value on. */
export const passingOps: Ops = {
  Identity: identity,
  Dropout: dropout,
  Cast: cast,
  Softmax: softmax,
  LogSoftmax: softmax,
};
