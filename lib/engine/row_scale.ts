import * as tf from "@tensorflow/tfjs";

/** The exponents of float32's powers of two. Smaller ones are denormal numbers, which sessions take for zero. */
const [least, most] = [-126, 126];

/** The power of two next to each number, at most the number but for the rounding of the logarithm. */
export function powerOfTwo(x: tf.Tensor): tf.Tensor {
  const exponents = tf.floor(tf.mul(tf.log(x), Math.LOG2E));
  return tf.pow(2, tf.clipByValue(exponents, least, most));
}

/**
 * The factors that bring rows to a largest magnitude near 1, so that their squares neither overflow nor vanish. They
 * are powers of two: to multiply by them changes no digit.
 *
 * @param rows [R, D].
 * @returns [R, 1].
 */
export function rowScale(rows: tf.Tensor): tf.Tensor {
  return tf.reciprocal(powerOfTwo(tf.max(tf.abs(rows), 1, true)));
}
