import { notFiniteLogits, NotFiniteLogitsError } from "../compute/check_logits.ts";
import { inputLength } from "../compute/chunk_size.ts";
import type { Engine } from "../engine/engine.ts";
import { isSingleFrom, isWhole, optionCheck } from "../engine/option_check.ts";
import type { Model } from "../networks/model.ts";
import type { Network } from "../networks/network.ts";
import { apgd, apgdTargeted } from "./apgd/apgd.ts";
import { fewestClasses } from "./apgd/apgd_loss.ts";
import type { Attacked, AttackOptions } from "./attacked.ts";
import { copyRow } from "./copy_row.ts";
import { fastAdaptiveBoundary } from "./fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { squareAttack } from "./square/square_attack.ts";

/** How to run {@link autoAttack}. */
export interface AutoAttackOptions extends Omit<AttackOptions, "targets"> {
  /** The ball's radius, >= 0, in the units of the inputs. */
  readonly epsilon: number;
  /** The norm of the ball, 2 or Infinity; Infinity unless given. */
  readonly p?: number;
  /** Draws the starts and the squares: a whole number; 0 unless given. */
  readonly seed?: number;
}

/** A member of AutoAttack, by the name that the table of attacks has it under. */
export type AutoAttackMember = "apgd_ce" | "apgd_t" | "fab_t" | "square";

/** Which attacks the ensemble consists of. */
export interface AutoAttackMembers {
  /** Those that are run, in their order. */
  readonly members: readonly AutoAttackMember[];
  /** Those that cannot be run, and why: the ensemble may then find less than the whole one. */
  readonly leftOut: readonly { readonly member: AutoAttackMember; readonly reason: string }[];
}

/** What AutoAttack did to samples. */
export interface AutoAttacked extends Attacked, AutoAttackMembers {
  /** The place in `members` of the attack that fooled a sample; -1 where none did, and where its goal held already. */
  readonly fooledBy: Int8Array;
}

/**
 * AutoAttack's standard version (Croce and Hein 2020): APGD on the cross-entropy, APGD-T towards nine classes, FAB-T towards nine
 * classes and the Square attack with 5,000 queries, in this order, each with the published settings (100 steps, one start), each on
 * those samples only that all before it left right. A sample that none of them fools stays at Delta_x = 0. Within a box each attack stays
 * in it, at every step.
 *
 * Attacks that the network does not allow are left out, see {@link autoAttackMembers}; the result names them.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, labels and network do not fit, or a number is
 * not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example Points that belong to the class of their larger coordinate.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const network = dd.defineNetwork({ name: "larger", inputShape: [2], layers: dd.dense(2) });
 * const weights = {
 *   weight: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
 *   bias: { shape: [2], data: new Float32Array(2) },
 * };
 * const images = Float32Array.of(3, 1, 2, 5); // two samples, of the classes 0 and 1
 * const labels = Uint16Array.of(0, 1);
 *
 * const attacked = await dd.autoAttack(engine, { network, weights }, images, { labels, epsilon: 1.25 });
 * assert.deepEqual([...attacked.fooled], [1, 0]);
 * console.log(attacked.members, attacked.leftOut);
 * ```
 */
export async function autoAttack(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: AutoAttackOptions,
): Promise<AutoAttacked> {
  const { network } = model;
  const { epsilon, p = Infinity, seed = 0, labels, within, onProgress, signal } = options;
  const strength = { epsilon, p, seed };
  checkOptions(network, options, strength);
  const { members, leftOut } = autoAttackMembers(network, p);
  const count = images.length / inputLength(network);
  const attack = (place: number, images: Float32Array, labels: Uint16Array | undefined) =>
    attackOf[members[place]!](engine, model, images, {
      ...strength,
      labels,
      within,
      signal,
      onProgress: (done, total) =>
        onProgress?.(Math.floor((place + done / total) / members.length * count), count),
    });
  const worst = staying(await attack(0, images, labels));
  const leaves = labels ?? worst.predicted;
  const fooledBy = Int8Array.from(
    leaves,
    (label, i) => worst.fooled[i] && worst.predicted[i] === label ? 0 : -1,
  );
  for (let place = 1; place < members.length; place++) {
    const open = [...leaves.keys()].filter((i) => !worst.fooled[i]);
    if (open.length === 0) break;
    const attacked = await attack(place, picked(images, open, count), picked(leaves, open, count))
      .catch((error) => {
        throw amongAll(error, network, open);
      });
    open.forEach((row, i) => {
      if (attacked.fooled[i]) fooledBy[row] = place;
      if (attacked.fooled[i]) copyRow(attacked, i, worst, row);
    });
  }
  onProgress?.(count, count);
  return { ...worst, members, leftOut, fooledBy };
}

/**
 * The members that can attack a network: APGD-T needs four classes; Square needs images, for p = 2 of at least 5 x 5. FAB-T
 * tries all other classes where there are fewer than nine.
 *
 * @param p The norm of the ball.
 */
export function autoAttackMembers(network: Network, p: number): AutoAttackMembers {
  const reasons: Partial<Record<string, string>> = {
    apgd_t: reasonWithoutTargets(network),
    square: reasonWithoutSquares(network, p),
  };
  const all = Object.keys(attackOf) as AutoAttackMember[];
  return {
    members: all.filter((member) => reasons[member] === undefined),
    leftOut: all.flatMap((member) => {
      const reason = reasons[member];
      return reason === undefined ? [] : [{ member, reason }];
    }),
  };
}

function reasonWithoutTargets({ classes }: Network): string | undefined {
  const fewest = fewestClasses["targeted dlr"];
  return classes < fewest
    ? `its loss needs ${fewest} classes, the network has ${classes}`
    : undefined;
}

function reasonWithoutSquares({ inputShape }: Network, p: number): string | undefined {
  if (inputShape.length !== 3) {
    return `it takes images, [C, H, W], the network takes [${inputShape}]`;
  }
  const extents = inputShape.slice(1);
  if (p !== 2 || extents.every((extent) => extent >= 5)) return undefined;
  return `for p = 2 it takes images of at least 5 x 5, the network's are ${extents.join(" x ")}`;
}

/** The members in their order, with the published settings. */
const attackOf: Readonly<Record<AutoAttackMember, MemberAttack>> = {
  apgd_ce: (engine, model, images, options) =>
    apgd(engine, model, images, { ...options, loss: "ce", steps: 100, restarts: 1 }),
  apgd_t: (engine, model, images, options) =>
    apgdTargeted(engine, model, images, {
      ...options,
      targetClasses: 9,
      steps: 100,
      restarts: 1,
    }),
  fab_t: (engine, model, images, options) =>
    fastAdaptiveBoundary(engine, model, images, {
      ...options,
      targetClasses: Math.min(9, model.network.classes - 1),
      iterations: 100,
      restarts: 1,
    }),
  square: (engine, model, images, options) =>
    squareAttack(engine, model, images, {
      ...options,
      queries: 5000,
      restarts: 1,
      firstShare: 0.8,
    }),
};

type MemberAttack = (
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: AutoAttackOptions,
) => Promise<Attacked>;

/** What an attack did, in place; samples that it does not fool are put back where they were. */
function staying(attacked: Attacked): Attacked {
  const { count, perturbations, norms, ratios, predicted, fooledAs, fooled } = attacked;
  const length = perturbations.length / count;
  fooled.forEach((one, i) => {
    if (one) return;
    perturbations.fill(0, i * length, (i + 1) * length);
    norms[i] = 0;
    ratios[i]! *= 0; // none stays none
    fooledAs[i] = predicted[i]!;
  });
  return attacked;
}

/** Some rows of several. */
function picked<T extends Float32Array | Uint16Array>(
  rows: T,
  places: readonly number[],
  count: number,
): T {
  const length = rows.length / count;
  const some = new (rows.constructor as new (length: number) => T)(places.length * length);
  places.forEach((place, i) =>
    some.set(rows.subarray(place * length, (place + 1) * length), i * length)
  );
  return some;
}

/** An error that names an image by its place among some, naming it by its place among all. */
function amongAll(error: unknown, { name }: Network, places: readonly number[]): unknown {
  if (!(error instanceof NotFiniteLogitsError) || error.image === undefined) return error;
  return notFiniteLogits(`attacking ${name} with AutoAttack`, places[error.image]!);
}

function checkOptions(
  { name }: Network,
  options: AutoAttackOptions,
  { epsilon, p, seed }: Required<Pick<AutoAttackOptions, "epsilon" | "p" | "seed">>,
): void {
  const check = optionCheck(`attacking ${name} with AutoAttack`);
  check(!("targets" in options && options.targets), "no targets: it leaves a class", "some");
  check(p === 2 || p === Infinity, "the norm p 2 or Infinity", p);
  check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon);
  check(isWhole(seed, -Infinity), "seed a whole number", seed);
}
