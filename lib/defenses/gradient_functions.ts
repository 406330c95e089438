import * as tf from "@tensorflow/tfjs";
import { linearStep, roundingOf } from "../attacks/linear_step.ts";
import type { CompiledFunction } from "../engine/engine.ts";
import { crossEntropy } from "../losses/cross_entropy.ts";
import { maskInputs, type Network, trainedNames } from "../networks/network.ts";

/**
 * The mean cross-entropy of a chunk and its gradient.
 *
 * Inputs: the parameters; dropout's masks; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes]; share, what each
 * sample counts, [chunk]; for every trained parameter `sum:NAME`, what the gradient is added to.
 * Outputs: loss, []; logits, [chunk, classes]; for every trained parameter `gradient:NAME`.
 */
export function lossGradient(network: Network, chunk: number): CompiledFunction {
  const names = trainedNames(network);
  return {
    inputs: {
      ...network.parameters,
      ...sums(network, names),
      ...maskInputs(network, chunk),
      x: [chunk, ...network.inputShape],
      target: [chunk, network.classes],
      share: [chunk],
    },
    fn: (inputs) => {
      const { x, target, share } = inputs as Record<"x" | "target" | "share", tf.Tensor>;
      const { value, gradients } = differentiated(names, inputs, (weights, at) => {
        const logits = network.forward(weights, at).output;
        return tf.sum(tf.mul(share, crossEntropy(logits, target)));
      });
      return { loss: value, logits: network.forward(inputs, x).output, ...gradients };
    },
  };
}

/**
 * The vector-Jacobian product of one DeepFool step r(x_i, W), with the classes that it left and went to given:
 * the derivative of <g, r> in W and x_i.
 *
 * With f = <seed, logits> and w its gradient in x, <g, r> has partials a in f and u in w. The derivative of
 * a f(x) + <u, w(x)> is that of <seed, expansion of the network at x in the direction a x + u>, since w is
 * the network's derivative: so one pass forward with the masks of x_i (linearize) and ordinary first-order
 * backpropagation give it (Eq. 4-5), whose backward signals are the reverse network's own.
 *
 * Inputs: the parameters; dropout's masks; x (x_i), [chunk, ...inputShape]; seeds e_target - e_source, [chunk, classes]; cotangent
 * g, [chunk, ...inputShape]; for every parameter of `names` `sum:NAME`. Outputs: pullback, the product for x_i,
 * [chunk, ...inputShape]; for every parameter of `names` `gradient:NAME`.
 *
 * @param names The parameters whose gradient is wanted; all that are trained unless said otherwise.
 */
export function stepGradient(
  network: Network,
  chunk: number,
  p: number,
  names: readonly string[] = trainedNames(network),
): CompiledFunction {
  return {
    inputs: {
      ...network.parameters,
      ...sums(network, names),
      ...maskInputs(network, chunk),
      x: [chunk, ...network.inputShape],
      seeds: [chunk, network.classes],
      cotangent: [chunk, ...network.inputShape],
    },
    fn: (inputs) => {
      const { x, seeds, cotangent } = inputs as Record<"x" | "seeds" | "cotangent", tf.Tensor>;
      const { output: logits, trace } = network.forward(inputs, x);
      const parts = tf.mul(seeds, logits);
      const f = tf.sum(parts, 1);
      const w = flat(network.reverse(inputs, trace, seeds));
      const rounding = roundingOf(parts, w, tf.abs(flat(x)));
      const step = (f: tf.Tensor, w: tf.Tensor) => linearStep(f, w, p, rounding);
      const [a, u] = tf.grads((f, w) => step(f!, w!))([f, w], flat(cotangent)) as [
        tf.Tensor,
        tf.Tensor,
      ];
      const unit = tf.reshape(a, [-1, 1]);
      const { gradients, inputGradient } = differentiated(names, inputs, (weights, at) => {
        const v = tf.add(tf.mul(flat(at), unit), u);
        const expansion = network.linearize(
          weights,
          network.forward(weights, at).trace,
          tf.reshape(v, x.shape),
          unit,
        );
        return tf.sum(tf.mul(seeds, expansion));
      });
      return { pullback: inputGradient, ...gradients };
    },
  };
}

/** The inputs that gradients are added to. */
function sums(
  { parameters }: Network,
  names: readonly string[],
): Record<string, readonly number[]> {
  return Object.fromEntries(names.map((name) => [`sum:${name}`, parameters[name]!]));
}

interface Differentiated {
  readonly value: tf.Tensor;
  readonly gradients: Record<string, tf.Tensor>;
  readonly inputGradient: tf.Tensor;
}

/** A scalar function's gradients in some parameters, added to their sums, and in x. */
function differentiated(
  names: readonly string[],
  inputs: Record<string, tf.Tensor>,
  scalar: (weights: Record<string, tf.Tensor>, x: tf.Tensor) => tf.Tensor,
): Differentiated {
  const differentiate = tf.valueAndGrads((at, ...tensors) => {
    const varied = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    return scalar({ ...inputs, ...varied }, at!) as tf.Scalar;
  });
  const { value, grads: [inputGradient, ...grads] } = differentiate([
    inputs.x!,
    ...names.map((name) => inputs[name]!),
  ]);
  const gradients = names.map((name, i) =>
    [`gradient:${name}`, tf.add(grads[i]!, inputs[`sum:${name}`]!)] as const
  );
  return { value, gradients: Object.fromEntries(gradients), inputGradient: inputGradient! };
}

function flat(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [x.shape[0]!, -1]);
}
