import * as tf from "@tensorflow/tfjs";
import { rowNorms } from "../../engine/primitives/row_norms.ts";
import { rowScale } from "../../engine/row_scale.ts";
import { longest, shortest } from "./linear_step.ts";

/** How far every element may move. */
export interface Room {
  /** To the upper end of the box, [R, D], >= 0. */
  readonly up: tf.Tensor;
  /** To the lower end, [R, D], >= 0. */
  readonly down: tf.Tensor;
}

/** Steps inside a box. */
export interface BoxedStep {
  /** [R, D]. */
  readonly r: tf.Tensor;
  /** ||r||_p, [R]. */
  readonly lengths: tf.Tensor;
  /** Whether the box has a point on the boundary, [R]. */
  readonly reaches: tf.Tensor;
}

/**
 * The smallest step onto the linearised boundary that stays in a box: the projection onto their intersection, as in FAB (Croce and Hein
 * 2020). Where the box does not reach the boundary, the step leads to the point of the box nearest to it.
 *
 * @param f Values of the difference of logits, [R].
 * @param w Its gradients in the input, [R, D].
 * @param p The norm to minimise: 1, 2 or inf.
 * @param rounding The rounding error of f, [R]: where |f| is smaller, this takes its place.
 */
export function boxedStep(
  f: tf.Tensor,
  w: tf.Tensor,
  p: number,
  { up, down }: Room,
  rounding: tf.Tensor,
): BoxedStep {
  const scale = rowScale(w); // as in `linearStep`: no product overflows or vanishes
  const slopes = tf.abs(tf.mul(w, scale));
  const told = tf.reshape(tf.maximum(tf.abs(f), rounding), [-1, 1]);
  const height = tf.clipByValue(tf.mul(told, scale), shortest, longest);
  const room = tf.where(tf.greater(w, 0), up, down);
  const moved = p === 1 ? steepestFirst(slopes, room, height) : together(slopes, room, height, p);
  const gained = tf.sum(tf.mul(slopes, moved), 1);
  return {
    r: tf.mul(tf.sign(w), moved),
    lengths: lengthsOf(moved, p),
    reaches: tf.greaterEqual(gained, tf.mul(tf.reshape(height, [-1]), 1 - tolerance)),
  };
}

/** The relative rounding error of sums of 32-bit numbers. */
const tolerance = 1e-5;

/** The p-norms of rows of numbers >= 0, [R], for p = 1, 2 or inf. */
export function lengthsOf(moved: tf.Tensor, p: number): tf.Tensor {
  if (p === 2) return tf.reshape(rowNorms(moved), [-1]);
  return p === 1 ? tf.sum(moved, 1) : tf.max(moved, 1);
}

/** Newton's steps: each finds elements that have reached the end of the box; a few are enough. */
const newtonSteps = 12;

/**
 * For p = 2 and inf all elements move at once, at speeds u = |w| or 1, until each reaches the end of its room. The gain
 * up to time t, sum |w| min(t u, room), is concave: Newton's method never oversteps and ends after finitely many steps.
 */
function together(
  slopes: tf.Tensor,
  room: tf.Tensor,
  height: tf.Tensor,
  p: number,
): tf.Tensor {
  const speeds = p === 2 ? slopes : tf.step(slopes);
  const gains = tf.mul(slopes, speeds);
  const most = tf.mul(slopes, room);
  let time: tf.Tensor = tf.zerosLike(height);
  for (let step = 0; step < newtonSteps; step++) {
    const free = tf.mul(gains, time);
    const missing = tf.relu(tf.sub(height, tf.sum(tf.minimum(free, most), 1, true)));
    const rate = tf.sum(tf.mul(gains, tf.step(tf.sub(most, free))), 1, true);
    const ends = tf.sub(1, tf.step(rate)); // nothing can move: the end of the box
    time = tf.add(time, tf.div(missing, tf.add(rate, ends)));
  }
  return tf.minimum(tf.mul(speeds, time), room);
}

/** Halvings after which a threshold is known to 32 bits. */
const halvings = 30;

/**
 * For p = 1 the steepest elements move to the end of their room, one after the other, until the boundary is reached: those above a
 * threshold fully, those at the threshold in part.
 */
function steepestFirst(slopes: tf.Tensor, room: tf.Tensor, height: tf.Tensor): tf.Tensor {
  const gains = tf.mul(slopes, room);
  const above = (threshold: tf.Tensor) => tf.step(tf.sub(slopes, threshold));
  const gained = (threshold: tf.Tensor) => tf.sum(tf.mul(gains, above(threshold)), 1, true);
  let high = tf.max(slopes, 1, true);
  let low: tf.Tensor = tf.zerosLike(high);
  for (let halving = 0; halving < halvings; halving++) {
    const middle = tf.mul(tf.add(low, high), 0.5);
    const tooMuch = tf.greater(gained(middle), height);
    low = tf.where(tooMuch, middle, low);
    high = tf.where(tooMuch, high, middle);
  }
  const missing = tf.relu(tf.sub(height, gained(high)));
  const band = tf.sub(above(low), above(high));
  const inBand = tf.sum(tf.mul(gains, band), 1, true);
  const share = tf.minimum(tf.div(missing, tf.add(inBand, tf.sub(1, tf.step(inBand)))), 1);
  return tf.mul(room, tf.add(above(high), tf.mul(band, share)));
}
