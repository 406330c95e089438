import type { Arrays } from "../engine/executable.ts";
import { shared } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";

/** A box that attacked inputs stay in: one number for all elements of an input, or one for each. */
export interface Within {
  /** The smallest number. */
  readonly low: number | Float32Array;
  /** The largest number. */
  readonly high: number | Float32Array;
}

/** A box, with a number for each element, in memory that threads can share. */
export interface Bounds {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/**
 * The bounds of a box.
 *
 * @param doing What is being done, for the message: "attacking lenet with PGD".
 * @param images The inputs, [count, length], which have to lie in the box.
 * @param length Numbers in one input.
 * @throws {UserError} when the box is empty, infinite or of another size, or naming the first image that lies outside of it.
 */
export function boundsOf(
  doing: string,
  { low, high }: Within,
  images: Float32Array,
  length: number,
): Bounds {
  const fail = (expected: string, came: string) => {
    throw new UserError(`${doing}: expected ${expected}, got ${came}`);
  };
  const each = (bound: number | Float32Array) =>
    shared(typeof bound === "number" ? new Float32Array(length).fill(bound) : bound);
  const bounds = { low: each(low), high: each(high) };
  for (const [name, { length: came }] of Object.entries(bounds)) {
    if (came !== length) fail(`a number or ${length} numbers as within.${name}`, `${came}`);
  }
  const empty = bounds.low.findIndex((least, i) => !(isFinite(least) && least <= bounds.high[i]!));
  if (empty >= 0 || !bounds.high.every(isFinite)) {
    const at = Math.max(empty, 0);
    fail("a box of finite numbers, low <= high", `${bounds.low[at]} to ${bounds.high[at]}`);
  }
  for (let start = 0; start < images.length; start += length) {
    for (let i = 0; i < length; i++) {
      const value = images[start + i]!;
      if (value >= bounds.low[i]! && value <= bounds.high[i]!) continue;
      fail(
        `images between ${bounds.low[i]} and ${
          bounds.high[i]
        }, the box that the attack stays within`,
        `${value} in image ${start / length}`,
      );
    }
  }
  return bounds;
}

/** The bounds as inputs of a compiled function. */
export function boundInputs(bounds: Bounds | undefined): Arrays {
  return bounds ? { low: bounds.low, high: bounds.high } : {};
}

/**
 * Shortens a perturbation, in place, where it leads out of the box: x + delta, rounded to 32 bits, in the box.
 *
 * @returns The perturbation.
 */
export function keepWithin(
  delta: Float32Array,
  x: Float32Array,
  { low, high }: Bounds,
): Float32Array {
  for (let i = 0; i < delta.length; i++) {
    const [from, least, most] = [x[i]!, low[i]!, high[i]!];
    const to = from + delta[i]!;
    if (to >= least && to <= most) continue;
    delta[i] = (to > most ? most : least) - from;
    // The difference was rounded: x + delta may lie slightly outside.
    while (isOutside(Math.fround(from + delta[i]!), least, most)) delta[i]! *= 1 - 2 ** -23;
  }
  return delta;
}

function isOutside(value: number, least: number, most: number): boolean {
  return value < least || value > most;
}
