import { clip as clipped } from "../../../layers/activations/clip.ts";
import { hardSigmoid as hardSigmoidLayer } from "../../../layers/activations/hard_sigmoid.ts";
import { hardSwish as hardSwishLayer } from "../../../layers/activations/hard_swish.ts";
import { leakyRelu as leaky } from "../../../layers/activations/leaky_relu.ts";
import { prelu } from "../../../layers/activations/prelu.ts";
import { relu as rectifier } from "../../../layers/activations/relu.ts";
import { sigmoid as logistic } from "../../../layers/activations/sigmoid.ts";
import { tanh as hyperbolic } from "../../../layers/activations/tanh.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import type { Flow } from "../values.ts";

function relu(node: OnnxNode): Flow {
  return node.layer(rectifier(), node.flow(0));
}

function leakyRelu(node: OnnxNode): Flow {
  return node.layer(leaky(node.float("alpha", 0.01)), node.flow(0));
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
  return node.layer(clipped({ low, high }), node.flow(0));
}

function sigmoid(node: OnnxNode): Flow {
  return node.layer(logistic(), node.flow(0));
}

function tanh(node: OnnxNode): Flow {
  return node.layer(hyperbolic(), node.flow(0));
}

function hardSigmoid(node: OnnxNode): Flow {
  const [alpha, beta] = [node.float("alpha", 0.2), node.float("beta", 0.5)];
  if (!(alpha > 0)) node.refuse(`expected a positive alpha, got ${alpha}`);
  return node.layer(hardSigmoidLayer({ alpha, beta }), node.flow(0));
}

function hardSwish(node: OnnxNode): Flow {
  return node.layer(hardSwishLayer(), node.flow(0));
}

/** Functions of every number. */
export const activationOps: Ops = {
  Relu: relu,
  LeakyRelu: leakyRelu,
  PRelu: parametricRelu,
  Clip: clip,
  Sigmoid: sigmoid,
  Tanh: tanh,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
};
