import { reshape } from "../../layers/reshape.ts";
import type { OnnxNode } from "./onnx_node.ts";
import type { Flow } from "./values.ts";

/** A value whose samples have another shape; itself where they have it already. */
export function reshaped(
  node: OnnxNode,
  x: Flow,
  shape: readonly number[],
  name = node.output,
): Flow {
  return String(shape) === String(x.shape) ? x : node.layer(reshape(shape), x, {}, name);
}
