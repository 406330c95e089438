import * as tf from "@tensorflow/tfjs";
import { constant } from "../../engine/constant.ts";
import { rowNorms } from "../../engine/primitives/row_norms.ts";
import { rowScale } from "../../engine/row_scale.ts";

/** The dual exponent q of p, 1/p + 1/q = 1. */
export function dualExponent(p: number): number {
  return p === 1 ? Infinity : p === Infinity ? 1 : p / (p - 1);
}

/**
 * The dual norms of rows, ||w||_q: a linearised boundary w r = -f lies at the p-distance |f| / ||w||_q.
 *
 * @param w [R, D].
 * @param p The norm of the perturbation, in [1, inf].
 * @returns [R].
 */
export function dualNorms(w: tf.Tensor, p: number): tf.Tensor {
  if (p === 2) return tf.reshape(rowNorms(w), [-1]);
  const q = dualExponent(p);
  const magnitudes = tf.abs(w);
  if (q === Infinity) return tf.max(magnitudes, 1);
  if (q === 1) return tf.sum(magnitudes, 1);
  const scale = tf.max(magnitudes, 1, true);
  const relative = tf.div(magnitudes, nonZero(scale));
  return tf.mul(tf.reshape(scale, [-1]), tf.pow(tf.sum(tf.pow(relative, q), 1), 1 / q));
}

/** The largest relative distance between neighbouring float32 numbers. */
const relativeSpacing = 2 ** -23;

/**
 * The rounding error of differences of logits f_target - f_source: float32 cannot distinguish smaller ones from 0, neither as a
 * difference of these logits nor as one that a step from these inputs can make.
 *
 * @param parts The logits times e_target - e_source, [R, classes].
 * @param w The differences' gradients in the input, [R, D].
 * @param magnitudes The magnitudes of the numbers that a step is added to, [R, D].
 * @returns [R].
 */
export function roundingOf(parts: tf.Tensor, w: tf.Tensor, magnitudes: tf.Tensor): tf.Tensor {
  const ofLogits = tf.max(tf.abs(parts), 1);
  const ofInputs = tf.sum(tf.mul(tf.abs(w), magnitudes), 1);
  return tf.mul(tf.maximum(ofLogits, ofInputs), relativeSpacing);
}

/** The shortest step, which leaves x = 0, and the longest one, in units of the inputs. */
export const [shortest, longest]: readonly [number, number] = [2 ** -60, 2 ** 60];

/**
 * The smallest step onto the linearised boundary (Eq. 1 and 2, for general p):
 * r = |f| / ||w||_q^q |w|^(q-1) sign(w). Where w = 0 the step and its gradient are 0.
 *
 * @param f Values of the difference of logits, [R].
 * @param w Its gradients in the input, [R, D].
 * @param p The norm to minimise, in [1, inf].
 * @param rounding The rounding error of f, [R]: where |f| is smaller, this takes its place, as a constant; 0 unless given. On a boundary a step
 * of length |f| would lead nowhere.
 * @returns r, [R, D].
 */
export function linearStep(
  f: tf.Tensor,
  w: tf.Tensor,
  p: number,
  rounding: tf.Tensor = tf.zerosLike(f),
): tf.Tensor {
  // Multiplying f and w by the same number does not change the step: with rows near 1 no square or power overflows or vanishes.
  const scale = constant(() => rowScale(w));
  const scaled = tf.mul(w, scale);
  const told = tf.maximum(tf.abs(f), rounding);
  const heights = tf.clipByValue(
    tf.mul(tf.reshape(told, [-1, 1]), scale),
    shortest,
    longest,
  );
  const { direction, length } = p === 2 ? euclideanDirection(scaled) : generalDirection(scaled, p);
  // Where w = 0 the length is 0 too: without the step there is no gradient either.
  return tf.mul(direction, tf.mul(tf.step(length), tf.div(heights, nonZero(length))));
}

/** A direction and the length by which to divide |f|; 0 where w = 0. */
interface Direction {
  readonly direction: tf.Tensor;
  readonly length: tf.Tensor;
}

function euclideanDirection(w: tf.Tensor): Direction {
  return { direction: w, length: tf.sum(tf.square(w), 1, true) };
}

/** Computed with u = |w| / max|w|, so that no power overflows; the scale cancels and is a constant. */
function generalDirection(w: tf.Tensor, p: number): Direction {
  const magnitudes = tf.abs(w);
  const scale = constant(() => nonZero(tf.max(magnitudes, 1, true)));
  const signs = constant(() => tf.sign(w));
  const q = dualExponent(p);
  if (q === Infinity) {
    const largest = constant(() =>
      tf.oneHot(tf.argMax(magnitudes, 1), w.shape[1]!, 1, 0, "float32")
    );
    return {
      direction: tf.mul(largest, signs),
      length: tf.sum(tf.mul(largest, magnitudes), 1, true),
    };
  }
  const u = tf.div(magnitudes, scale);
  if (q === 1) return { direction: signs, length: tf.mul(scale, tf.sum(u, 1, true)) };
  const positive = nonZero(u);
  const powers = tf.mul(tf.pow(positive, q - 1), tf.abs(signs));
  return {
    direction: tf.mul(powers, signs),
    length: tf.mul(scale, tf.sum(tf.mul(powers, positive), 1, true)),
  };
}

/** x >= 0 with zeros replaced by ones, to divide by; the gradient is taken as if it were x. */
function nonZero(x: tf.Tensor): tf.Tensor {
  return tf.add(x, tf.sub(1, tf.step(x)));
}
