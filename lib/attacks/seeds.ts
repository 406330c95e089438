import * as tf from "@tensorflow/tfjs";

/** From logits and one-hot labels, both [chunk, classes], to the direction in the logits that an ascent takes. */
export type Seeds = (logits: tf.Tensor, target: tf.Tensor) => tf.Tensor;

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
