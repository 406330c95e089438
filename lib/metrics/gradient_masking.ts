import { maxIndex, mean } from "d3-array";
import { pgd } from "../attacks/ascent/pgd.ts";
import { randomInBall } from "../attacks/ascent/random_in_ball.ts";
import { predict } from "../compute/predict.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { isSingleFrom, isWhole, optionCheck } from "../engine/option_check.ts";
import { random } from "../engine/random.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";
import type { Network } from "../networks/network.ts";
import { accuracy } from "./accuracy.ts";
import { fgsAccuracies } from "./epsilon_ref.ts";
import { type BoundedAttack, worstCaseAccuracy } from "./worst_case.ts";
import { percentage } from "./percentage.ts";

/** How to run {@link gradientMaskingChecks}. */
export interface GradientMaskingOptions extends StopOptions {
  /** The strengths to attack with, rising, each > 0, in the units of the inputs. */
  readonly epsilons: readonly number[];
  /** A strength that no image can withstand; twice the largest input unless given. */
  readonly unbounded?: number;
  /** The tolerance of a comparison of two attacks, in samples; 2 unless given. */
  readonly tolerance?: number;
  /** PGD's steps from every start; 40 unless given. */
  readonly steps?: number;
  /** PGD's starts; 1 unless given. */
  readonly restarts?: number;
  /** How often noise is drawn; a sample counts as fooled if any draw fools it; 10 unless given. */
  readonly draws?: number;
  /** Draws PGD's starts and the noise: a whole number; 0 unless given. */
  readonly seed?: number;
}

/** One check that gradients do not mislead attacks. */
export interface MaskingCheck {
  /** What should hold. */
  readonly name: string;
  /** Whether it does. */
  readonly holds: boolean;
  /** The case closest to failing, or the worst failure, in one line. */
  readonly detail: string;
  /** The figures that were compared. */
  readonly figures: MaskingFigures;
}

/** Accuracies under PGD and their upper limits, one entry per epsilon. */
export interface MaskingFigures {
  /** The attack's strengths. */
  readonly epsilons: readonly number[];
  /** Accuracies under PGD, in 0..1. */
  readonly accuracies: readonly number[];
  /** Their upper limits, in 0..1. */
  readonly limits: readonly number[];
}

/**
 * The usual signs of masked gradients (Athalye et al. 2018; Carlini et al. 2019), looked for with l-infinity attacks.
 * Where a check fails, the network's gradients do not lead to perturbations that exist, and its accuracy under
 * attack says little about it.
 *
 * @returns Four checks: accuracy under PGD does not rise with epsilon; neither the fast gradient sign nor noise is
 * stronger than PGD; PGD without a bound fools every sample.
 * @throws {UserError} when the epsilons are not positive and rising.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function gradientMaskingChecks(
  engine: Engine,
  model: Model,
  split: Split,
  options: GradientMaskingOptions,
): Promise<MaskingCheck[]> {
  const { epsilons, tolerance = 2, steps = 40, restarts = 1, seed = 0 } = options;
  const { unbounded = 2 * largest(split.images), draws = 10, signal } = options;
  checkOptions(model.network, {
    epsilons,
    tolerance,
    steps,
    restarts,
    seed,
    unbounded,
    draws,
  });
  const { images, labels } = split;
  const underPgd = async (epsilon: number) => {
    const settings = { labels, epsilon, steps, restarts, seed, signal };
    return 1 - mean((await pgd(engine, model, images, settings)).fooled)!;
  };
  const accuracies = await inTurn(epsilons, underPgd);
  const unperturbed = await accuracy(engine, model, split, { signal });
  const slack = tolerance / split.count;
  const check = (name: string, limits: readonly number[]) =>
    neverAbove(name, { epsilons, accuracies, limits }, slack);
  return [
    check("accuracy under PGD never rises with epsilon", [unperturbed, ...accuracies.slice(0, -1)]),
    check(
      "PGD is never weaker than the fast gradient sign",
      await fgsAccuracies(engine, model, split, epsilons, { signal }),
    ),
    check(
      "PGD is never weaker than noise",
      await inTurn(
        epsilons,
        (epsilon) => underNoise(engine, model, split, { epsilon, draws, seed, signal }),
      ),
    ),
    neverAbove(
      "PGD without a bound fools every sample",
      { epsilons: [unbounded], accuracies: [await underPgd(unbounded)], limits: [0] },
      0,
    ),
  ];
}

function neverAbove(name: string, figures: MaskingFigures, slack: number): MaskingCheck {
  const { epsilons, accuracies, limits } = figures;
  const excesses = accuracies.map((accuracy, i) => accuracy - limits[i]!);
  const worst = maxIndex(excesses);
  const [came, limit] = [percentage(accuracies[worst]!), percentage(limits[worst]!)];
  return {
    name,
    // The shares are quotients of whole numbers, and their differences have rounding errors.
    holds: excesses[worst]! <= slack + 1e-9,
    detail: `${came} right under PGD at epsilon ${
      epsilons[worst]
    }, where at most ${limit} should be`,
    figures,
  };
}

async function inTurn<T>(epsilons: readonly number[], measure: (epsilon: number) => Promise<T>) {
  const results: T[] = [];
  for (const epsilon of epsilons) results.push(await measure(epsilon));
  return results;
}

/** The accuracy where a sample counts as right only if it is right under every draw of noise. */
async function underNoise(
  engine: Engine,
  model: Model,
  { images, labels }: Split,
  { epsilon, draws, seed, signal }: Record<"epsilon" | "draws" | "seed", number> & StopOptions,
): Promise<number> {
  const attacks: BoundedAttack[] = [];
  const predicted = (await predict(engine, model, images, { signal })).labels;
  for (let draw = 0; draw < draws; draw++) {
    const uniform = random("noise", seed, epsilon, draw);
    const noise = randomInBall(images.length, epsilon, Infinity, uniform);
    const noisy = images.map((x, i) => x + noise[i]!);
    const { labels: fooledAs } = await predict(engine, model, noisy, { signal });
    attacks.push({ predicted, fooledAs });
  }
  return worstCaseAccuracy(labels, attacks);
}

function largest(images: Float32Array): number {
  return images.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
}

function checkOptions(
  { name }: Network,
  options: Required<Omit<GradientMaskingOptions, "signal">>,
): void {
  const { epsilons, unbounded, tolerance, draws } = options;
  const check = optionCheck(`checking ${name} for masked gradients`);
  const rise = epsilons.every((epsilon, i) => epsilon > (epsilons[i - 1] ?? 0));
  check(epsilons.length > 0 && rise, "rising epsilons above 0", `[${epsilons}]`);
  check(isSingleFrom(unbounded, 0), "unbounded in [0, 3.4e38]", unbounded);
  check(isWhole(tolerance, 0), "tolerance a whole number from 0", tolerance);
  check(isWhole(draws, 1), "draws a whole number from 1", draws);
}
