import { UserError } from "../engine/user_error.ts";

/** The part of any attack's result that {@link worstCaseAccuracy} needs. */
export interface BoundedAttack {
  /** The class predicted at x, [count]. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x, [count]. */
  readonly fooledAs: Uint16Array;
}

/** The part of a minimum-norm attack's result that {@link smallestNorms} needs. */
export interface MinimumNormAttack {
  /** ||Delta_x||, [count]. */
  readonly norms: Float32Array;
  /** 1 where Delta_x reached the attack's goal, [count]. */
  readonly fooled: Uint16Array;
}

/** The smallest perturbation of every sample. */
export interface SmallestNorms {
  /** The smallest norm of a perturbation that fooled; infinite where none did. */
  readonly norms: Float32Array;
  /** The position of the attack that found it, -1 where none did. */
  readonly attacks: Int16Array;
}

/**
 * The accuracy under several attacks of the same strength, in 0..1: a sample counts as right only if it is predicted
 * right without an attack and under every attack.
 *
 * @param labels The true classes, [count].
 * @param attacks What each attack did to the same samples, at least one.
 * @throws {UserError} when there is no attack, or the attacks are not of as many samples as there are labels.
 *
 * @example Three samples under two attacks: the second attack fools one of them.
 * ```ts
 * import assert from "node:assert/strict";
 * import { worstCaseAccuracy } from "deep-defense";
 *
 * const labels = Uint16Array.of(0, 1, 2);
 * const predicted = Uint16Array.of(0, 1, 0); // the last one is wrong without any attack
 * const first = { predicted, fooledAs: Uint16Array.of(0, 1, 0) };
 * const second = { predicted, fooledAs: Uint16Array.of(2, 1, 0) };
 * assert.equal(worstCaseAccuracy(labels, [first, second]), 1 / 3);
 * ```
 */
export function worstCaseAccuracy(labels: Uint16Array, attacks: readonly BoundedAttack[]): number {
  checkCounts(labels.length, attacks.map(({ fooledAs }) => fooledAs));
  const survives = (label: number, i: number) =>
    attacks.every(({ predicted, fooledAs }) => predicted[i] === label && fooledAs[i] === label);
  return labels.reduce((right, label, i) => right + Number(survives(label, i)), 0) / labels.length;
}

/**
 * Every sample's smallest perturbation over several attacks. All attacks must use the same norm.
 *
 * @param attacks What each attack found for the same samples, at least one.
 * @throws {UserError} when there is no attack, or the attacks are not of equally many samples.
 *
 * @example Two samples and two attacks; the second attack fools only the first sample.
 * ```ts
 * import assert from "node:assert/strict";
 * import { smallestNorms } from "deep-defense";
 *
 * const one = { norms: Float32Array.of(2, 3), fooled: Uint16Array.of(1, 1) };
 * const other = { norms: Float32Array.of(1, 1), fooled: Uint16Array.of(1, 0) };
 * const { norms, attacks } = smallestNorms([one, other]);
 * assert.deepEqual([[...norms], [...attacks]], [[1, 3], [1, 0]]);
 * ```
 */
export function smallestNorms(attacks: readonly MinimumNormAttack[]): SmallestNorms {
  const count = attacks[0]?.norms.length ?? 0;
  checkCounts(count, attacks.map(({ norms }) => norms));
  const result = { norms: new Float32Array(count).fill(Infinity), attacks: new Int16Array(count) };
  result.attacks.fill(-1);
  attacks.forEach(({ norms, fooled }, attack) =>
    norms.forEach((norm, i) => {
      if (fooled[i] === 0 || norm >= result.norms[i]!) return;
      result.norms[i] = norm;
      result.attacks[i] = attack;
    })
  );
  return result;
}

function checkCounts(count: number, arrays: readonly ArrayLike<number>[]): void {
  const fail = (expected: string) => {
    throw new UserError(`taking the worst case of attacks: expected ${expected}`);
  };
  if (arrays.length === 0) fail("at least one attack, got none");
  const other = arrays.find(({ length }) => length !== count);
  if (other) fail(`${count} samples in every attack, got one with ${other.length}`);
}
