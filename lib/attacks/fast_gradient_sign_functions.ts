import * as tf from "@tensorflow/tfjs";
import type { CompiledFunction } from "../engine/engine.ts";
import { maskInputs, type Network } from "../networks/network.ts";

/**
 * The sign of the cross-entropy's gradient in the input, through the reverse network: the loss's gradient in the
 * logits is softmax(f) - target. In 32 bits, as the paper's frameworks have it: where a sample's margin is above about 16,
 * the softmax of its class rounds to 1 and the sign is that of what rounding leaves. `lossSeeds`, which PGD uses, point the same way
 * without that.
 *
 * Inputs: the parameters; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes].
 * Outputs: logits, [chunk, classes]; sign, [chunk, ...inputShape].
 *
 * @param masked Whether the masks of dropout are inputs too, as in training.
 */
export function lossSign(network: Network, chunk: number, masked = false): CompiledFunction {
  return {
    inputs: {
      ...network.parameters,
      ...(masked ? maskInputs(network, chunk) : {}),
      x: [chunk, ...network.inputShape],
      target: [chunk, network.classes],
    },
    fn: (inputs) => {
      const { output: logits, trace } = network.forward(inputs, inputs.x!);
      const probabilities = tf.exp(tf.logSoftmax(logits, 1));
      const gradient = network.reverse(inputs, trace, tf.sub(probabilities, inputs.target!));
      return { logits, sign: tf.sign(tf.reshape(gradient, inputs.x!.shape)) };
    },
  };
}

/** The logits at x + epsilon sign. Inputs: the parameters; x and sign, [chunk, ...inputShape]; epsilon, [1]. */
export function perturbedLogits(network: Network, chunk: number): CompiledFunction {
  const shape = [chunk, ...network.inputShape];
  return {
    inputs: { ...network.parameters, x: shape, sign: shape, epsilon: [1] },
    fn: (inputs) => {
      const perturbed = tf.add(inputs.x!, tf.mul(inputs.sign!, inputs.epsilon!));
      return { logits: network.forward(inputs, perturbed).output };
    },
  };
}
