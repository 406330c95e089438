import { clip as clipped } from "../../../layers/activations/clip.ts";
import { elu as exponential } from "../../../layers/activations/elu.ts";
import { gelu as gaussian } from "../../../layers/activations/gelu.ts";
import { hardSigmoid as hardSigmoidLayer } from "../../../layers/activations/hard_sigmoid.ts";
import { hardSwish as hardSwishLayer } from "../../../layers/activations/hard_swish.ts";
import { leakyRelu as leaky } from "../../../layers/activations/leaky_relu.ts";
import { prelu } from "../../../layers/activations/prelu.ts";
import { relu as rectifier } from "../../../layers/activations/relu.ts";
import { sigmoid as logistic } from "../../../layers/activations/sigmoid.ts";
import { softplus as smooth } from "../../../layers/activations/softplus.ts";
import { tanh as hyperbolic } from "../../../layers/activations/tanh.ts";
import { applied } from "../applied.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import type { Flow } from "../values.ts";

function relu(node: OnnxNode): Flow {
  return applied(node, rectifier());
}

function leakyRelu(node: OnnxNode): Flow {
  return applied(node, leaky(node.float("alpha", 0.01)));
}

/** PRelu: trained slopes. */
function parametricRelu(node: OnnxNode): Flow {
  const weight = node.constant(1);
  return node.layer(prelu({ shape: weight.shape }), node.flow(0), { weight });
}

/** Clip: bounds are attributes before opset 11, inputs since. */
function clip(node: OnnxNode): Flow {
  const [low = -Infinity, high = Infinity] = node.opset < 11
    ? [node.float("min", -Infinity), node.float("max", Infinity)]
    : [node.scalar(1), node.scalar(2)];
  return applied(node, clipped({ low, high }));
}

function sigmoid(node: OnnxNode): Flow {
  return applied(node, logistic());
}

function tanh(node: OnnxNode): Flow {
  return applied(node, hyperbolic());
}

function hardSigmoid(node: OnnxNode): Flow {
  const [alpha, beta] = [node.float("alpha", 0.2), node.float("beta", 0.5)];
  if (!(alpha > 0)) node.refuse(`expected a positive alpha, got ${alpha}`);
  return applied(node, hardSigmoidLayer({ alpha, beta }));
}

function hardSwish(node: OnnxNode): Flow {
  return applied(node, hardSwishLayer());
}

function elu(node: OnnxNode): Flow {
  return applied(node, exponential({ alpha: node.float("alpha", 1) }));
}

function selu(node: OnnxNode): Flow {
  const alpha = node.float("alpha", 1.6732631921768188);
  return applied(node, exponential({ alpha, scale: node.float("gamma", 1.0507010221481323) }));
}

function softplus(node: OnnxNode): Flow {
  return applied(node, smooth());
}

function gelu(node: OnnxNode): Flow {
  const how = node.text("approximate", "none");
  if (how !== "none" && how !== "tanh") node.refuse(`expected none or tanh, got ${how}`);
  return applied(node, gaussian({ approximate: how === "tanh" }));
}

/** Elementwise functions. */
export const activationOps: Ops = {
  Relu: relu,
  LeakyRelu: leakyRelu,
  PRelu: parametricRelu,
  Clip: clip,
  Sigmoid: sigmoid,
  Tanh: tanh,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Elu: elu,
  Selu: selu,
  Softplus: softplus,
  Gelu: gelu,
};
