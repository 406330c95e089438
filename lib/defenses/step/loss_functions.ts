import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import { crossEntropy } from "../../losses/cross_entropy.ts";
import { type Network, summedNames, trainedNames } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction, prefixed } from "../../networks/network_function.ts";
import type { Tensors } from "../../layers/layer.ts";
import { differentiated, sumInputs } from "./differentiated.ts";

/**
 * The mean cross-entropy of a chunk and its gradient.
 *
 * Inputs: the parameters and masks; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes]; share, the weight of each
 * sample, [chunk]; for every trained parameter `sum:NAME`, to which the gradient is added, and for every buffer that training
 * measures, to which the samples' measurements are added, each times its share.
 * Outputs: loss, []; logits, [chunk, classes]; for every trained parameter and every measured buffer `gradient:NAME`.
 */
export function lossGradient(network: Network, settings: ChunkSettings): ShapedFunction {
  const { chunk } = settings;
  const names = trainedNames(network);
  const inputs = {
    ...sumInputs(network, summedNames(network)),
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
    const { output: logits, trace } = network.forward(weights, x);
    const measured = measurements(network, network.statistics(weights, trace), inputs);
    return { loss: value, logits, ...gradients, ...measured };
  });
}

/** The measured buffers' part of the batch's mean, added to the sums. */
function measurements(
  { measured }: Network,
  statistics: Tensors,
  inputs: Tensors,
): Record<string, tf.Tensor> {
  const shares = tf.reshape(inputs.share!, [1, -1]);
  const sums = measured.map((name) => {
    const own = tf.reshape(tf.matMul(shares, statistics[name]!), [-1]);
    return [name, tf.add(own, inputs[`sum:${name}`]!)] as const;
  });
  return prefixed("gradient", Object.fromEntries(sums));
}
