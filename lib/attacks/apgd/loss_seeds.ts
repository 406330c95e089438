import * as tf from "@tensorflow/tfjs";
import { lossSeeds } from "../ascent/ascent_functions.ts";
import type { ApgdLoss } from "./apgd_loss.ts";

/** From logits, one-hot labels and one-hot classes to reach, [chunk, classes], to the direction in the logits in which a loss rises. */
type LossSeeds = (logits: tf.Tensor, label: tf.Tensor, goal: tf.Tensor) => tf.Tensor;

/** Multiples of the losses' gradients in the logits, one positive factor per row. */
export const apgdSeeds: Readonly<Record<ApgdLoss, LossSeeds>> = {
  ce: lossSeeds,
  dlr(logits, label) {
    const [first, , third] = strongest(logits, 3);
    const [other] = strongest(without(logits, label), 1);
    return ratioSeeds(logits, tf.sub(other!, label), tf.sub(first!, third!));
  },
  "targeted dlr"(logits, label, goal) {
    const [first, , third, fourth] = strongest(logits, 4);
    const middle = tf.mul(tf.add(third!, fourth!), 0.5);
    return ratioSeeds(logits, tf.sub(goal, label), tf.sub(first!, middle));
  },
};

/**
 * Where a ratio n / d of two linear functions of the logits rises: its gradient (d grad n - n grad d) / d^2 times a positive
 * number, with d >= 0. Where both are 0, grad n.
 */
function ratioSeeds(logits: tf.Tensor, numerator: tf.Tensor, denominator: tf.Tensor): tf.Tensor {
  const n = tf.sum(tf.mul(logits, numerator), 1, true);
  const d = tf.sum(tf.mul(logits, denominator), 1, true);
  const scale = tf.maximum(tf.abs(n), d);
  const positive = tf.greater(scale, 0);
  const divisor = tf.where(positive, scale, tf.onesLike(scale));
  const height = tf.where(positive, tf.div(d, divisor), tf.onesLike(d));
  return tf.sub(tf.mul(height, numerator), tf.mul(tf.div(n, divisor), denominator));
}

/** The strongest classes, one-hot, the strongest first. */
function strongest(logits: tf.Tensor, count: number): tf.Tensor[] {
  if (count === 0) return [];
  const classes = logits.shape[1]!;
  const first = tf.oneHot(tf.argMax(logits, 1), classes, 1, 0, "float32");
  return [first, ...strongest(without(logits, first), count - 1)];
}

function without(logits: tf.Tensor, oneHot: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(oneHot, 0), tf.fill(logits.shape as number[], -3e38), logits);
}
