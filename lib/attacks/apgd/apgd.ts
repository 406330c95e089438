import type { Engine } from "../../engine/engine.ts";
import { isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import { type Attacked, type AttackOptions, bounded } from "../attacked.ts";
import { variantOf } from "../ascent/ascent_functions.ts";
import { runAttack } from "../run_attack.ts";
import { apgdStep } from "./apgd_functions.ts";
import { type ApgdLoss, fewestClasses } from "./apgd_loss.ts";
import type { ApgdPlan, ApgdSettings } from "./apgd_routine.ts";

/** The options that both forms of APGD share. */
export interface ApgdStrength {
  /** The ball's radius, >= 0, in the units of the inputs. */
  readonly epsilon: number;
  /** The norm of the ball, 2 or Infinity; Infinity unless given. */
  readonly p?: number;
  /** Steps from every start, at least 1; 100 unless given. */
  readonly steps?: number;
  /** How many starts a sample has, at least 1; 1 unless given. */
  readonly restarts?: number;
  /** Draws the starts: a whole number; 0 unless given. */
  readonly seed?: number;
}

/** How to run {@link apgd}. */
export interface ApgdOptions extends AttackOptions, ApgdStrength {
  /** The loss that rises: the cross-entropy (`ce`) or the difference of logits ratio (`dlr`); `ce` unless given. */
  readonly loss?: "ce" | "dlr";
}

/** How to run {@link apgdTargeted}. */
export interface ApgdTargetedOptions extends Omit<AttackOptions, "targets">, ApgdStrength {
  /** How many of the most likely other classes are tried, at least 1; 9 unless given, or all of fewer. */
  readonly targetClasses?: number;
}

/**
 * Auto-PGD (Croce and Hein 2020): from a random point of the ball's surface, steps of projected gradient ascent with momentum, whose
 * size begins at 2 epsilon. Where the loss rises too seldom, it goes back to the best point and halves the step size. With the loss `ce` it is
 * the APGD-CE of AutoAttack. The cross-entropy's gradient is exact: it does not vanish where the softmax saturates.
 *
 * Every sample stops at its first success; one that is predicted wrong already stays at Delta_x = 0; one that is never fooled ends where
 * the loss was largest. With targets (only with `ce`), the target's loss falls. In the units of the inputs; within the box at every step, if there is
 * one. `zeroGradients` says where there was no direction to step in.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, the loss needs more classes (`dlr` three), weights, images, labels and
 * network do not fit, or a number is not finite.
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
 * const { fooled } = await dd.apgd(engine, model, images, { labels, epsilon: 1.25, steps: 20 });
 * assert.deepEqual([...fooled], [1, 0]);
 * ```
 */
export async function apgd(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: ApgdOptions,
): Promise<Attacked> {
  const { loss = "ce", targets } = options;
  const doing = `attacking ${model.network.name} with`;
  optionCheck(`${doing} APGD`)(loss === "ce" || loss === "dlr", "the loss ce or dlr", loss);
  const title = `APGD-${loss.toUpperCase()}`;
  optionCheck(`${doing} ${title}`)(
    !(targets && loss === "dlr"),
    "no targets, which the loss ce takes",
    "some",
  );
  return await climb(engine, model, images, options, { title, loss, targetClasses: 1 });
}

/**
 * APGD-T of AutoAttack (Croce and Hein 2020): {@link apgd} on the targeted difference of logits ratio, towards each of the most likely
 * other classes at x in turn, as long as the sample is still predicted right.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, the network has fewer than four classes, weights, images, labels and
 * network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function apgdTargeted(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: ApgdTargetedOptions,
): Promise<Attacked> {
  const { targetClasses = 9 } = options;
  const title = "APGD-T";
  const check = optionCheck(`attacking ${model.network.name} with ${title}`);
  check(isWhole(targetClasses, 1), "targetClasses a whole number from 1", targetClasses);
  check(!("targets" in options && options.targets), "no targets: it tries classes in turn", "some");
  return await climb(engine, model, images, options, {
    title,
    loss: "targeted dlr",
    targetClasses,
  });
}

/** One form of APGD. */
interface Form extends Pick<ApgdPlan, "targetClasses"> {
  /** What it is called, for messages. */
  readonly title: string;
  readonly loss: ApgdLoss;
}

async function climb(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: AttackOptions & ApgdStrength,
  { title, loss, targetClasses }: Form,
): Promise<Attacked> {
  const { network } = model;
  const { epsilon, p = Infinity, steps = 100, restarts = 1, seed = 0 } = options;
  const plan = { epsilon, steps, restarts, targetClasses, seed };
  checkOptions(network, title, { ...plan, p, loss });
  const geometry = { p, loss, ...variantOf(options) };
  const attacked = await runAttack<ApgdSettings, ApgdPlan>(engine, model, images, {
    title,
    step: forSizes(apgdStep, chunkSizes(network, engine).inputGradient, geometry),
    module: new URL("./apgd_routine.ts", import.meta.url).href,
    export: "apgdShard",
    settings: { p, loss },
    rows: plan,
  }, options);
  return bounded(attacked);
}

function checkOptions(
  { name, classes }: Network,
  title: string,
  { epsilon, p, steps, restarts, seed, loss }: ApgdPlan & Pick<ApgdSettings, "p" | "loss">,
): void {
  const check = optionCheck(`attacking ${name} with ${title}`);
  const fewest = fewestClasses[loss];
  check(p === 2 || p === Infinity, "the norm p 2 or Infinity", p);
  check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon);
  check(isWhole(steps, 1), "steps a whole number from 1", steps);
  check(isWhole(restarts, 1), "restarts a whole number from 1", restarts);
  check(isWhole(seed, -Infinity), "seed a whole number", seed);
  check(classes >= fewest, `a network of at least ${fewest} classes`, classes);
}
