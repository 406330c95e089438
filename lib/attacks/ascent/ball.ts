import * as tf from "@tensorflow/tfjs";
import { rowNorms } from "../../engine/primitives/row_norms.ts";

/**
 * The nearest points of balls around 0.
 *
 * @param rows [R, D].
 * @param radii One radius a row, [R, 1], each >= 0.
 * @param p The norm of the balls: 2 or inf.
 * @returns [R, D]. Rows inside their balls stay as they are.
 */
export function project(rows: tf.Tensor, radii: tf.Tensor, p: number): tf.Tensor {
  if (p === Infinity) return tf.maximum(tf.minimum(rows, radii), tf.neg(radii));
  const lengths = rowNorms(rows);
  const outside = tf.greater(lengths, radii);
  return tf.mul(rows, tf.where(outside, tf.div(radii, lengths), tf.onesLike(lengths)));
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
