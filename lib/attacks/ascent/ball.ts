import * as tf from "@tensorflow/tfjs";
import { rowNorms } from "../../engine/primitives/row_norms.ts";

/**
 * The nearest points of balls around 0.
 *
 * @param rows [R, D].
 * @param radii One radius per row, [R, 1], each >= 0.
 * @param p The norm of the balls: 1, 2 or inf.
 * @returns [R, D]. Rows inside their balls stay as they are.
 */
export function project(rows: tf.Tensor, radii: tf.Tensor, p: number): tf.Tensor {
  if (p === 1) return shrunk(rows, radii);
  if (p === Infinity) return tf.maximum(tf.minimum(rows, radii), tf.neg(radii));
  const lengths = rowNorms(rows);
  const outside = tf.greater(lengths, radii);
  return tf.mul(rows, tf.where(outside, tf.div(radii, lengths), tf.onesLike(lengths)));
}

/** Newton's steps: each finds numbers that the threshold sets to 0; a few are enough. */
const newtonSteps = 12;

/**
 * The nearest points of l1 balls: all numbers of a row are shrunk by one threshold, but not below 0. The norm that remains is
 * convex and decreasing in the threshold: Newton's method approaches it from one side and ends after finitely many steps. A
 * remaining excess is removed by scaling.
 */
function shrunk(rows: tf.Tensor, radii: tf.Tensor): tf.Tensor {
  const magnitudes = tf.abs(rows);
  const left = (threshold: tf.Tensor) => tf.relu(tf.sub(magnitudes, threshold));
  let threshold: tf.Tensor = tf.zerosLike(radii);
  for (let step = 0; step < newtonSteps; step++) {
    const rest = left(threshold);
    const excess = tf.relu(tf.sub(tf.sum(rest, 1, true), radii));
    const count = tf.maximum(tf.sum(tf.step(rest), 1, true), 1);
    threshold = tf.add(threshold, tf.div(excess, count));
  }
  const rest = left(threshold);
  const lengths = tf.sum(rest, 1, true);
  const outside = tf.greater(lengths, radii);
  const scale = tf.where(outside, tf.div(radii, lengths), tf.onesLike(lengths));
  return tf.mul(tf.sign(rows), tf.mul(rest, scale));
}

/**
 * The nearest points on the surfaces of l2 balls around 0; 0 stays where it is.
 *
 * @param rows [R, D].
 * @param radii One radius per row, [R, 1], each >= 0.
 * @returns [R, D].
 */
export function ontoSphere(rows: tf.Tensor, radii: tf.Tensor): tf.Tensor {
  return tf.mul(steepest(rows, 2), radii);
}

/**
 * The directions of p-norm 1 along which functions rise fastest; 0 where the gradient is 0.
 *
 * @param gradients The functions' gradients, [R, D].
 * @param p The norm of the directions: 2 or inf.
 * @returns [R, D].
 */
export function steepest(gradients: tf.Tensor, p: number): tf.Tensor {
  if (p === Infinity) return tf.sign(gradients);
  const lengths = rowNorms(gradients);
  return tf.div(gradients, tf.where(tf.greater(lengths, 0), lengths, tf.onesLike(lengths)));
}
