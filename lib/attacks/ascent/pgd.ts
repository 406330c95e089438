import type { Engine } from "../../engine/engine.ts";
import { isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import type { AttackSettings } from "../attack_routine.ts";
import { type Attacked, type AttackOptions, bounded } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { ascentStep, variantOf } from "./ascent_functions.ts";
import type { PgdPlan } from "./pgd_routine.ts";

/** How to run {@link pgd}. */
export interface PgdOptions extends AttackOptions {
  /** The ball's radius, >= 0, in the units of the inputs. */
  readonly epsilon: number;
  /** The norm of the ball, 2 or Infinity; Infinity unless given. */
  readonly p?: number;
  /** Steps from every start, at least 1; 40 unless given. */
  readonly steps?: number;
  /** The length of a step, >= 0; 2.5 epsilon / steps unless given. */
  readonly stepSize?: number;
  /** How many starts a sample has, at least 1; 1 unless given. */
  readonly restarts?: number;
  /** Whether the first start is a random point of the ball, as the others are, or the sample itself; true unless given. */
  readonly randomStart?: boolean;
  /** Draws the starts: a whole number; 0 unless given. */
  readonly seed?: number;
}

/**
 * Projected gradient descent (Madry et al. 2018): from a random point of the p-ball around x, steps of equal p-length
 * along the cross-entropy's gradient, each followed by the projection into the ball. Every sample stops at its first
 * success; one that is predicted wrong already stays at Delta_x = 0. With targets, the target's cross-entropy falls. In the units of
 * the inputs; each step is also projected into the box, if there is one.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, labels and network do not fit, or a number
 * is not finite.
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
 * const model: dd.Model = { network, weights };
 * const images = Float32Array.of(3, 1, 2, 5); // two samples, of the classes 0 and 1
 *
 * const labels = Uint16Array.of(0, 1);
 * const { fooled } = await dd.pgd(engine, model, images, { labels, epsilon: 1.25 });
 * assert.deepEqual([...fooled], [1, 0]); // (3, 1) to (1.75, 2.25); (2, 5) is too far
 * ```
 */
export async function pgd(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: PgdOptions,
): Promise<Attacked> {
  const { network } = model;
  const { epsilon, p = Infinity, steps = 40, restarts = 1, randomStart = true, seed = 0 } = options;
  const geometry = { p, objective: "loss", ...variantOf(options) } as const;
  const { stepSize = 2.5 * epsilon / steps } = options;
  const plan = { epsilon, steps, stepSize, restarts, randomStart, seed };
  checkOptions(network, p, plan);
  const attacked = await runAttack<AttackSettings, PgdPlan>(engine, model, images, {
    title: "PGD",
    step: forSizes(ascentStep, chunkSizes(network, engine).inputGradient, geometry),
    module: new URL("./pgd_routine.ts", import.meta.url).href,
    export: "pgdShard",
    settings: { p },
    rows: plan,
  }, options);
  return bounded(attacked);
}

function checkOptions({ name }: Network, p: number, plan: PgdPlan): void {
  const { epsilon, steps, stepSize, restarts, seed } = plan;
  const check = optionCheck(`attacking ${name} with PGD`);
  check(p === 2 || p === Infinity, "the norm p 2 or Infinity", p);
  check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon);
  check(isWhole(steps, 1), "steps a whole number from 1", steps);
  check(isSingleFrom(stepSize, 0), "stepSize in [0, 3.4e38]", stepSize);
  check(isWhole(restarts, 1), "restarts a whole number from 1", restarts);
  check(isWhole(seed, -Infinity), "seed a whole number", seed);
}
