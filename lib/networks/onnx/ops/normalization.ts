import { size } from "../../../engine/nd_array.ts";
import { batchNorm } from "../../../layers/batch_norm.ts";
import { repeatRows } from "../../../layers/junctions/broadcast.ts";
import { groupNorm } from "../../../layers/normalizations/group_norm.ts";
import { layerNorm } from "../../../layers/normalizations/layer_norm.ts";
import { localResponseNorm } from "../../../layers/local_response_norm.ts";
import { imageOf } from "../geometry.ts";
import { alike } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { arranged, type Flow, layoutOf } from "../values.ts";

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

/** LayerNormalization along the last axes: trained scale and shift. */
function layerNormalization(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  node.int("stash_type", 1); // All is computed in float32.
  const layout = layoutOf(x);
  const axis = node.int("axis", -1);
  const normalized = layout.slice(axis < 0 ? axis + layout.length : axis).flat();
  if (normalized.includes(0)) node.refuse(`it normalises the batch's axis, ${axis}`);
  const weight = node.constant(1);
  const shape = x.shape.slice(-normalized.length);
  const zeros = { name: `${node.output}.bias`, shape, data: new Float32Array(size(shape)) };
  const bias = node.inputs[2] ? node.constant(2) : { kind: "stored" as const, ...zeros };
  const layer = layerNorm({ axes: normalized.length, epsilon: node.float("epsilon", 1e-5) });
  return alike(x, node.layer(layer, x, { weight, bias }));
}

/**
 * InstanceNormalization: scale and shift are trained, unless they are in nodes. Where they are 1 and 0, others may follow: this is how files
 * write group normalisation.
 */
function instanceNormalization(node: OnnxNode): Flow {
  const [weight, bias] = [node.constant(1), node.constant(2)];
  const isPlain = weight.data.every((one) => one === 1) && bias.data.every((zero) => zero === 0);
  const layer = groupNorm(undefined, {
    epsilon: node.float("epsilon", 1e-5),
    trained: Boolean(weight.isGiven || bias.isGiven),
  });
  return { ...node.layer(layer, node.flow(0), { weight, bias }), awaitsScale: isPlain };
}

/** GroupNormalization: trained scale and shift; a number per group before opset 21, per channel since. */
function groupNormalization(node: OnnxNode): Flow {
  const x = node.flow(0);
  const groups = node.int("num_groups", 1);
  node.int("stash_type", 1);
  const channels = x.shape[0] ?? 1;
  const [weight, bias] = [1, 2].map((i) => {
    const given = node.constant(i);
    return node.opset < 21 && groups !== channels
      ? arranged(given, [channels], (tensor) => repeatRows(tensor, channels / groups))
      : given;
  });
  const layer = groupNorm(groups, { epsilon: node.float("epsilon", 1e-5) });
  return node.layer(layer, x, { weight, bias });
}

/** Normalisations. */
export const normalizationOps: Ops = {
  BatchNormalization: batchNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
};
