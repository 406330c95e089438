import * as tf from "@tensorflow/tfjs";
import { linearStep, roundingOf } from "../../attacks/deepfool/linear_step.ts";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { differentiated, sumInputs } from "../step/differentiated.ts";

/** The settings of {@link stepGradient}. */
export interface StepGradientSettings extends ChunkSettings {
  /** The norm of the perturbation, in [1, inf]. */
  readonly p: number;
  /** The parameters whose gradient is wanted. */
  readonly regularized: readonly string[];
}

/**
 * The vector-Jacobian product of one DeepFool step r(x_i, W), with the classes that it left and went to given:
 * the derivative of <g, r> in W and x_i.
 *
 * With f = <seed, logits> and w its gradient in x, <g, r> has partials a in f and u in w. The derivative of
 * a f(x) + <u, w(x)> equals the derivative of <seed, expansion of the network at x in the direction a x + u>, since w is
 * the network's derivative. So one forward pass with the masks of x_i (linearize) and ordinary first-order
 * backpropagation give it (Eq. 4-5); the backward signals are the reverse network's own.
 *
 * Inputs: the parameters and masks; x (x_i), [chunk, ...inputShape]; seeds e_target - e_source, [chunk, classes]; cotangent
 * g, [chunk, ...inputShape]; for every parameter that is regularized `sum:NAME`. Outputs: pullback, the product for x_i,
 * [chunk, ...inputShape]; for every parameter that is regularized `gradient:NAME`.
 */
export function stepGradient(network: Network, settings: StepGradientSettings): ShapedFunction {
  const { chunk, p, regularized } = settings;
  const shape = [chunk, ...network.inputShape];
  const inputs = {
    ...sumInputs(network, regularized),
    x: shape,
    seeds: [chunk, network.classes],
    cotangent: shape,
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, seeds, cotangent } = inputs as Record<"x" | "seeds" | "cotangent", tf.Tensor>;
    const { output: logits, trace } = network.forward(weights, x);
    const parts = tf.mul(seeds, logits);
    const f = tf.sum(parts, 1);
    const w = flat(network.reverse(weights, trace, seeds));
    const rounding = roundingOf(parts, w, tf.abs(flat(x)));
    const step = (f: tf.Tensor, w: tf.Tensor) => linearStep(f, w, p, rounding);
    const [a, u] = tf.grads((f, w) => step(f!, w!))([f, w], flat(cotangent)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const unit = tf.reshape(a, [-1, 1]);
    const { gradients, inputGradient } = differentiated(
      regularized,
      weights,
      x,
      inputs,
      (varied, at) => {
        const v = tf.add(tf.mul(flat(at), unit), u);
        const { trace } = network.forward(varied, at);
        const expansion = network.linearize(varied, trace, tf.reshape(v, shape), unit);
        return tf.sum(tf.mul(seeds, expansion));
      },
    );
    return { pullback: inputGradient, ...gradients };
  });
}

function flat(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [x.shape[0]!, -1]);
}
