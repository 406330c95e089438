import * as tf from "@tensorflow/tfjs";

/**
 * The cross-entropy of every row, -log softmax(logits) at the target.
 *
 * @param logits [N, classes].
 * @param target One-hot rows, [N, classes].
 * @returns [N].
 */
export function crossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits, 1)), 1));
}
