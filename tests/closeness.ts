import assert from "node:assert/strict";

/** How close two lists of numbers have to be. */
export interface Closeness {
  /** Allowed distance as a share of the expected list's length, both l2. */
  readonly relative?: number;
  /** Allowed distance on top of that, l2. */
  readonly absolute?: number;
}

/**
 * Asserts ||actual - expected||_2 <= relative ||expected||_2 + absolute, and that both are finite and of
 * one length.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 1e-5, absolute = 0 }: Closeness = {},
): void {
  assert.equal(actual.length, expected.length, "the number of elements");
  const distance = norm(Array.from(actual, (value, i) => value - expected[i]!));
  const allowed = relative * norm(expected) + absolute;
  assert.ok(
    distance <= allowed,
    `expected ${excerpt(expected)} within ${allowed}, got ${excerpt(actual)}, ${distance} away`,
  );
}

function norm(numbers: ArrayLike<number>): number {
  return Math.sqrt(Array.from(numbers).reduce((sum, value) => sum + value * value, 0));
}

function excerpt(numbers: ArrayLike<number>): string {
  const shown = Array.from(numbers).slice(0, 8).map((value) => value.toPrecision(7)).join(", ");
  return `[${shown}${numbers.length > 8 ? `, ... ${numbers.length} in all` : ""}]`;
}
