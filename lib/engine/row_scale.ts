import * as tf from "@tensorflow/tfjs";

/** The exponents of float32's powers of two. Smaller ones are denormal numbers, which sessions treat as zero. */
const [least, most] = [-126, 126];

/**
 * The factors that scale rows to a largest magnitude near 1, so that their squares neither overflow nor vanish. They
 * are powers of two: multiplying by them is exact.
 *
 * @param rows [R, D].
 * @returns [R, 1].
 */
export function rowScale(rows: tf.Tensor): tf.Tensor {
  const exponents = tf.mul(tf.log(tf.max(tf.abs(rows), 1, true)), -Math.LOG2E);
  return tf.pow(2, tf.ceil(tf.clipByValue(exponents, least, most)));
}
