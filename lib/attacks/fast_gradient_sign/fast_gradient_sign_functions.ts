import * as tf from "@tensorflow/tfjs";
import type { ShapedFunction } from "../../engine/engine.ts";
import type { Tensors } from "../../layers/layer.ts";
import type { Network } from "../../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../../networks/network_function.ts";
import { boundShapes, type Boxed, cut, inside } from "../box.ts";

/**
 * The sign of the cross-entropy's gradient in the input, through the reverse network: the loss's gradient in the
 * logits is softmax(f) - target. In 32 bits, as in the paper's frameworks: where a sample's margin is above about 16,
 * the softmax of its class rounds to 1, and the sign is the rounding error's. PGD's objective points the same way
 * without this error.
 *
 * Inputs: the parameters; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes].
 * Outputs: logits, [chunk, classes]; sign, [chunk, ...inputShape].
 */
export function lossSign(network: Network, settings: ChunkSettings): ShapedFunction {
  return networkFunction(
    network,
    settings,
    labelledInputs(network, settings),
    (weights, inputs) => signAt(network, weights, inputs),
  );
}

/**
 * The whole attack: a step of length epsilon along the sign, clipped to the box, and the logits there.
 *
 * Inputs: the parameters; x, [chunk, ...inputShape]; target, one-hot, [chunk, classes]; epsilon, [chunk, 1]; low and
 * high, [1, ...inputShape], where there is a box.
 * Outputs: delta, [chunk, ...inputShape]; logits at x + delta, [chunk, classes].
 */
export function signStep(network: Network, settings: ChunkSettings & Boxed): ShapedFunction {
  const inputs = {
    ...labelledInputs(network, settings),
    epsilon: [settings.chunk, 1],
    ...boundShapes(network, settings),
  };
  return networkFunction(network, settings, inputs, (weights, inputs) => {
    const { sign } = signAt(network, weights, inputs);
    const delta = cut(scaled(sign, inputs.epsilon!), inputs.x!, inputs);
    const moved = inside(tf.add(inputs.x!, delta), inputs);
    return { delta, logits: network.forward(weights, moved).output };
  });
}

/**
 * The logits at x + epsilon sign. Inputs: the parameters; x and sign, [chunk, ...inputShape]; epsilon, [chunk, 1].
 * Output: logits, [chunk, classes].
 */
export function perturbedLogits(network: Network, settings: ChunkSettings): ShapedFunction {
  const shape = [settings.chunk, ...network.inputShape];
  const inputs = { x: shape, sign: shape, epsilon: [settings.chunk, 1] };
  return networkFunction(network, settings, inputs, (weights, { x, sign, epsilon }) => ({
    logits: network.forward(weights, tf.add(x!, scaled(sign!, epsilon!))).output,
  }));
}

function labelledInputs({ inputShape, classes }: Network, { chunk }: ChunkSettings) {
  return { x: [chunk, ...inputShape], target: [chunk, classes] };
}

function signAt(network: Network, weights: Tensors, { x, target }: Tensors) {
  const { output: logits, trace } = network.forward(weights, x!);
  const probabilities = tf.exp(tf.logSoftmax(logits, 1));
  const gradient = network.reverse(weights, trace, tf.sub(probabilities, target!));
  return { logits, sign: tf.sign(tf.reshape(gradient, x!.shape)) };
}

/** Every sample's signs times its epsilon. */
function scaled(sign: tf.Tensor, epsilon: tf.Tensor): tf.Tensor {
  return tf.mul(sign, tf.reshape(epsilon, [-1, ...sign.shape.slice(1).map(() => 1)]));
}
