import * as tf from "@tensorflow/tfjs";
import { marginSeeds } from "../attacks/ascent/ascent_functions.ts";
import type { ShapedFunction } from "../engine/engine.ts";
import type { Network } from "../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../networks/network_function.ts";

/**
 * The sizes of two gradients in the input: of the cross-entropy, with the softmax in 32 bits, and of the margin
 * between the label's logit and the largest other one.
 *
 * Inputs: the parameters; x, [chunk, ...inputShape]; target, one-hot labels, [chunk, classes].
 * Outputs: loss and margin, the gradients' l1 norms, [chunk, 1]: 0 where every number is 0, not finite where one is not.
 */
export function gradientSizesAt(network: Network, settings: ChunkSettings): ShapedFunction {
  const { chunk } = settings;
  const inputs = { x: [chunk, ...network.inputShape], target: [chunk, network.classes] };
  return networkFunction(network, settings, inputs, (weights, { x, target }) => {
    const { output: logits, trace } = network.forward(weights, x!);
    const sizeOf = (seeds: tf.Tensor) => {
      const gradient = tf.reshape(network.reverse(weights, trace, seeds), [chunk, -1]);
      return tf.sum(tf.abs(gradient), 1, true);
    };
    return {
      loss: sizeOf(tf.sub(tf.exp(tf.logSoftmax(logits, 1)), target!)),
      margin: sizeOf(marginSeeds(logits, target!)),
    };
  });
}
