import { deviation, mean } from "d3-array";

/** A mean over seeds and its uncertainty. */
export interface Interval {
  /** The arithmetic mean. */
  readonly mean: number;
  /** Half the width of the 95% interval; null for one value, which has no spread. */
  readonly halfWidth: number | null;
  /** How many values there were. */
  readonly count: number;
}

/** Student's t at 0.975 for 1 to 30 degrees of freedom. */
// deno-fmt-ignore
const T = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
  2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
  2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/**
 * The mean of the values that are not null and its 95% Student interval, mean ± t * s / sqrt(n) with the
 * standard deviation s over n - 1; null when there are no values.
 */
export function studentInterval(values: Iterable<number | null>): Interval | null {
  const present = [...values].filter((value) => value !== null && Number.isFinite(value));
  const numbers = present as number[];
  const count = numbers.length;
  if (count === 0) return null;
  const spread = deviation(numbers);
  const halfWidth = spread === undefined ? null : student975(count - 1) * spread / Math.sqrt(count);
  return { mean: mean(numbers)!, halfWidth, count };
}

/** Student's t at 0.975: the table, beyond it the first terms of the Cornish-Fisher expansion (to 1e-4). */
function student975(freedom: number): number {
  const z = 1.959964;
  return T[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}
