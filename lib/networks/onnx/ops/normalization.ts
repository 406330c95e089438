import { batchNorm } from "../../../layers/batch_norm.ts";
import { localResponseNorm } from "../../../layers/local_response_norm.ts";
import { imageOf } from "../geometry.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import type { Flow } from "../values.ts";

/** BatchNormalization as in evaluation: trained scale and shift, statistics that are buffers. */
function batchNormalization(node: OnnxNode): Flow {
  node.float("momentum", 0.9); // Of training alone.
  if (node.int("training_mode", 0)) {
    node.refuse("it is in training mode: export in evaluation mode");
  }
  if (!node.int("spatial", 1)) node.refuse("spatial 0 has statistics for every position");
  const [weight, bias, running_mean, running_var] = [1, 2, 3, 4].map((i) => node.constant(i));
  const layer = batchNorm({ epsilon: node.float("epsilon", 1e-5) });
  return node.layer(layer, node.flow(0), { weight, bias, running_mean, running_var });
}

/** LRN over channels. */
function lrn(node: OnnxNode): Flow {
  const layer = localResponseNorm({
    size: node.int("size", 0),
    alpha: node.float("alpha", 1e-4),
    beta: node.float("beta", 0.75),
    k: node.float("bias", 1),
  });
  return node.layer(layer, imageOf(node));
}

/** Normalisations. */
export const normalizationOps: Ops = { BatchNormalization: batchNormalization, LRN: lrn };
