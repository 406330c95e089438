import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import { crossEntropy } from "../../losses/cross_entropy.ts";
import { type Network, trainedNames } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { differentiated, sumInputs } from "./differentiated.ts";

/**
 * The mean cross-entropy of a chunk and its gradient.
 *
 * Inputs: the parameters and masks; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes]; share, the weight of each
 * sample, [chunk]; for every trained parameter `sum:NAME`, to which the gradient is added.
 * Outputs: loss, []; logits, [chunk, classes]; for every trained parameter `gradient:NAME`.
 */
export function lossGradient(network: Network, settings: ChunkSettings): ShapedFunction {
  const { chunk } = settings;
  const names = trainedNames(network);
  const inputs = {
    ...sumInputs(network, names),
    x: [chunk, ...network.inputShape],
    target: [chunk, network.classes],
    share: [chunk],
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { x, target, share } = inputs as Record<"x" | "target" | "share", tf.Tensor>;
    const { value, gradients } = differentiated(names, weights, x, inputs, (varied, at) => {
      const logits = network.forward(varied, at).output;
      return tf.sum(tf.mul(share, crossEntropy(logits, target)));
    });
    return { loss: value, logits: network.forward(weights, x).output, ...gradients };
  });
}
