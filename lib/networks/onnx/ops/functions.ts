import * as tf from "@tensorflow/tfjs";
import { activation } from "../../../layers/activations/activation.ts";
import { piecewiseLinear } from "../../../layers/activations/piecewise_linear.ts";
import type { Layer } from "../../../layers/layer.ts";
import { junctionOfFunction, ofFunction } from "../../../layers/of_function.ts";
import { beside, join } from "../junctions.ts";
import { applied } from "../applied.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { type Flow, scalarOf } from "../values.ts";

function exp(node: OnnxNode): Flow {
  return applied(node, activation(tf.exp, (y) => y));
}

function log(node: OnnxNode): Flow {
  return applied(node, activation(tf.log, (_, x) => tf.reciprocal(x)));
}

/** Sqrt: of a variance plus a small number, it is the divisor of a normalisation. */
function sqrt(node: OnnxNode): Flow {
  const layer = activation(tf.sqrt, (y) => tf.div(0.5, y));
  return { ...applied(node, layer), isDeviation: true };
}

function reciprocal(node: OnnxNode): Flow {
  return applied(node, activation(tf.reciprocal, (y) => tf.neg(tf.square(y))));
}

function erf(node: OnnxNode): Flow {
  const bell = (x: tf.Tensor) => tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI));
  return applied(node, activation(tf.erf, (_, x) => bell(x)));
}

function sin(node: OnnxNode): Flow {
  return applied(node, activation(tf.sin, (_, x) => tf.cos(x)));
}

function cos(node: OnnxNode): Flow {
  return applied(node, activation(tf.cos, (_, x) => tf.neg(tf.sin(x))));
}

/** Celu: the exponential linear unit of x / alpha, times alpha. */
function celu(node: OnnxNode): Flow {
  const alpha = node.float("alpha", 1);
  if (alpha === 0) node.refuse("expected an alpha other than 0");
  return applied(node, ofFunction((x) => tf.mul(tf.elu(tf.div(x, alpha)), alpha)));
}

function mish(node: OnnxNode): Flow {
  return applied(node, ofFunction((x) => tf.mul(x, tf.tanh(tf.softplus(x)))));
}

function softsign(node: OnnxNode): Flow {
  return applied(node, ofFunction((x) => tf.div(x, tf.add(tf.abs(x), 1))));
}

function neg(node: OnnxNode): Flow {
  return applied(node, piecewiseLinear(tf.neg, (x) => tf.neg(tf.onesLike(x))));
}

function abs(node: OnnxNode): Flow {
  return applied(node, piecewiseLinear(tf.abs, tf.sign));
}

/** Pow: a number as exponent has a slope of its own. */
function pow(node: OnnxNode): Flow {
  const [base, exponent] = node.inputs;
  const power = exponent && exponent.kind !== "flow" ? scalarOf(node.constant(1)) : undefined;
  if (base?.kind === "flow" && power !== undefined) return applied(node, powerOf(power));
  const [x1, x2] = base?.kind === "flow"
    ? [base, exponent?.kind === "flow" ? exponent : beside(node, node.constant(1), base)]
    : [beside(node, node.constant(0), node.anyFlow(1)), node.anyFlow(1)];
  const junction = junctionOfFunction(
    ([x1, x2]) => tf.pow(x1!, x2!),
    ([shape1 = [], shape2 = []]) => ({
      outputShape: shape1.map((extent, i) => Math.max(extent, shape2[i]!)),
    }),
  );
  return join(node, junction, [x1, x2], node.output);
}

/** x to the power p. */
function powerOf(p: number): Layer {
  if (p === 2) return activation(tf.square, (_, x) => tf.mul(x, 2));
  return activation((x) => tf.pow(x, p), (_, x) => tf.mul(tf.pow(x, p - 1), p));
}

/** Functions that networks are composed of. */
export const functionOps: Ops = {
  Exp: exp,
  Log: log,
  Sqrt: sqrt,
  Reciprocal: reciprocal,
  Erf: erf,
  Sin: sin,
  Cos: cos,
  Neg: neg,
  Abs: abs,
  Pow: pow,
  Celu: celu,
  Mish: mish,
  Softsign: softsign,
};
