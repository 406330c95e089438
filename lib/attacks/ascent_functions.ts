import * as tf from "@tensorflow/tfjs";
import type { CompiledFunction } from "../engine/engine.ts";
import type { Network } from "../networks/network.ts";
import { project, steepest } from "./ball.ts";
import { chunkSizes } from "./chunk_size.ts";
import { forSizes } from "./chunks.ts";
import { logitsOf } from "./deepfool_functions.ts";
import { dualNorms } from "./linear_step.ts";

/** The functions of an ascent: `logits`, and `step`, {@link ascentStep}, for several sizes of chunks. */
export function ascentFunctions(
  network: Network,
  p: number,
  seeds: Seeds,
): Record<string, CompiledFunction> {
  return {
    logits: logitsOf(network, chunkSizes(network).forward),
    ...forSizes(
      "step",
      chunkSizes(network).inputGradient,
      (size) => ascentStep(network, size, p, seeds),
    ),
  };
}

/** From logits and one-hot labels, both [chunk, classes], to the direction in the logits that an ascent takes. */
export type Seeds = (logits: tf.Tensor, target: tf.Tensor) => tf.Tensor;

/**
 * One step of projected gradient ascent: moves every sample back into its ball, and says what the network predicts
 * there and where the next step leads.
 *
 * Inputs: the parameters; x and position, [chunk, ...inputShape]; target, one-hot labels, [chunk, classes]; epsilon,
 * the balls' radii, and stepSize, [chunk, 1].
 * Outputs: delta, position in the ball, and next, delta with the step added, [chunk, ...inputShape]; logits at
 * x + delta, [chunk, classes]; slope, the gradient's dual norm, [chunk].
 *
 * @param p The norm of the ball and of the step: 2 or inf.
 */
export function ascentStep(
  network: Network,
  chunk: number,
  p: number,
  seeds: Seeds,
): CompiledFunction {
  const shape = [chunk, ...network.inputShape];
  const target = [chunk, network.classes];
  return {
    inputs: {
      ...network.parameters,
      x: shape,
      position: shape,
      target,
      epsilon: [chunk, 1],
      stepSize: [chunk, 1],
    },
    fn: (inputs) => {
      const flat = project(tf.reshape(inputs.position!, [chunk, -1]), inputs.epsilon!, p);
      const delta = tf.reshape(flat, shape);
      const { output: logits, trace } = network.forward(inputs, tf.add(inputs.x!, delta));
      const gradient = network.reverse(inputs, trace, seeds(logits, inputs.target!));
      const rows = tf.reshape(gradient, [chunk, -1]);
      const next = tf.add(flat, tf.mul(inputs.stepSize!, steepest(rows, p)));
      return { delta, next: tf.reshape(next, shape), logits, slope: dualNorms(rows, p) };
    },
  };
}

/**
 * Where the cross-entropy rises: its gradient in the logits, softmax(f) - target, divided by 1 - softmax(f)_target.
 * The direction is the same, and it does not vanish where the softmax saturates.
 */
export const lossSeeds: Seeds = (logits, target) =>
  tf.sub(tf.exp(tf.logSoftmax(withoutTarget(logits, target), 1)), target);

/** Where the margin f_target - max of the other logits falls. */
export const marginSeeds: Seeds = (logits, target) => {
  const strongest = tf.argMax(withoutTarget(logits, target), 1);
  return tf.sub(tf.oneHot(strongest, logits.shape[1]!, 1, 0, "float32"), target);
};

function withoutTarget(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(target, 0), tf.fill(logits.shape as number[], -3e38), logits);
}
