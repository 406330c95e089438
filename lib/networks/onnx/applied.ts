import type { Layer } from "../../layers/layer.ts";
import { alike } from "./layout.ts";
import type { OnnxNode } from "./onnx_node.ts";
import type { Flow } from "./values.ts";

/** Applies an elementwise layer to the node's first input, wherever the file has the batch. */
export function applied(node: OnnxNode, layer: Layer): Flow {
  const x = node.anyFlow(0);
  return alike(x, node.layer(layer, x));
}
