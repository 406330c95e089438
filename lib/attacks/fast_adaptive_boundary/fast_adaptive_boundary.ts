import type { Engine, FunctionPlan } from "../../engine/engine.ts";
import type { BySize } from "../../engine/executable.ts";
import { isFrom, isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import type { AttackOptions, MinimumNormAttacked } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { type BoundaryGeometry, boundaryStep } from "./fast_adaptive_boundary_functions.ts";
import type { BoundaryPlan, BoundarySettings } from "./fast_adaptive_boundary_routine.ts";

/** How to run {@link fastAdaptiveBoundary}. */
export interface FastAdaptiveBoundaryOptions extends AttackOptions {
  /** The norm that the perturbation keeps small, 1, 2 or Infinity; 2 unless given. */
  readonly p?: number;
  /** The largest norm that counts, >= 0, in the units of the inputs; unless given, any norm counts and the smallest is looked for. */
  readonly epsilon?: number;
  /** Steps of a run, at least 1; 100 unless given. */
  readonly iterations?: number;
  /** Runs from different starts, at least 1; several need `epsilon`; 1 unless given. */
  readonly restarts?: number;
  /**
   * How many of the strongest other classes at x have runs of their own, one after the other (the targeted attack; AutoAttack has 9);
   * 0, each step goes to the nearest class, unless given.
   */
  readonly targetClasses?: number;
  /** How many of the strongest classes at x compete, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
  /** How far beyond the boundary a step goes, relative to its length, in [0, 3.4e38]: eta - 1; 0.05 unless given. */
  readonly overshoot?: number;
  /** The largest weight of the projection from x, in [0, 1]; 0.1 unless given. */
  readonly alphaMax?: number;
  /** The factor by which a perturbation that fools is shortened before the next step, in [0, 1]; 0.9 unless given. */
  readonly beta?: number;
  /** Draws the starts after the first one: a whole number; 0 unless given. */
  readonly seed?: number;
}

/**
 * FAB, the fast adaptive boundary attack (Croce and Hein 2020), as AutoAttack runs it (without the paper's final search): the
 * smallest perturbation that changes a sample's class, found by stepping beyond the linearised boundary with a pull towards x, and
 * going back towards x from each perturbation that fools. Within a box, each projection is the nearest point of the boundary
 * in the box.
 *
 * With `epsilon`, only a perturbation of at most this norm counts: a sample is done after the first run that finds one, and stays at
 * Delta_x = 0 where no run does. A later start is a random point at the distance epsilon / 2. With `targetClasses`, each run steps to
 * the boundary with one class, but any other class counts as fooled. With targets, each step goes to the boundary between the target
 * and the strongest other class.
 *
 * Two things differ from the published code: logits that are equal, or differ by less than their rounding, count as that far apart, so that
 * such samples move; and without `epsilon` a sample that is never fooled ends where its last step led.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, classes and network do not fit, or a number
 * is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function fastAdaptiveBoundary(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: FastAdaptiveBoundaryOptions = {},
): Promise<MinimumNormAttacked> {
  const { network } = model;
  const {
    p = 2,
    epsilon = Infinity,
    iterations = 100,
    restarts = 1,
    targetClasses = 0,
    candidates = Math.min(10, network.classes),
    overshoot = 0.05,
    alphaMax = 0.1,
    beta = 0.9,
    seed = 0,
    targets,
    within,
  } = options;
  const plan = { epsilon, iterations, restarts, targetClasses, candidates, beta, seed };
  const geometry = { p, overshoot, alphaMax, ...(within ? { boxed: true } : {}) };
  checkOptions(network, options, plan, geometry);
  const towards = targets !== undefined;
  return await runAttack<BoundarySettings, BoundaryPlan>(engine, model, images, {
    title: "FAB",
    step: stepOf(
      engine,
      network,
      geometry,
      towards ? undefined : targetClasses > 0 ? 1 : candidates - 1,
    ),
    module: new URL("./fast_adaptive_boundary_routine.ts", import.meta.url).href,
    export: "boundaryShard",
    settings: { p, towards },
    rows: plan,
  }, options);
}

type Geometry = Omit<BoundaryGeometry, "chunk" | "competitors">;

/** The step for classes that compete, or towards a given one. */
function stepOf(
  engine: Engine,
  network: Network,
  geometry: Geometry,
  competitors: number | undefined,
): BySize<FunctionPlan> {
  const { attack, inputGradient } = chunkSizes(network, engine);
  if (competitors === undefined) return forSizes(boundaryStep, inputGradient, geometry);
  const sizes = competitors === 1 ? inputGradient : attack;
  return forSizes(boundaryStep, sizes, { ...geometry, competitors });
}

function checkOptions(
  { name, classes }: Network,
  { targets, epsilon: given }: FastAdaptiveBoundaryOptions,
  { iterations, restarts, targetClasses, candidates, beta, seed }: BoundaryPlan,
  { p, overshoot, alphaMax }: Geometry,
): void {
  const check = optionCheck(`attacking ${name} with FAB`);
  check([1, 2, Infinity].includes(p), "the norm p 1, 2 or Infinity", p);
  check(given === undefined || isSingleFrom(given, 0), "epsilon in [0, 3.4e38]", given);
  check(isWhole(iterations, 1), "iterations a whole number from 1", iterations);
  check(isWhole(restarts, 1), "restarts a whole number from 1", restarts);
  const ofOne = restarts === 1 || given !== undefined;
  check(ofOne, "epsilon with several restarts, which start in its ball", `${restarts} restarts`);
  check(
    isWhole(targetClasses, 0, classes - 1),
    `targetClasses in 0-${classes - 1}`,
    targetClasses,
  );
  check(!(targets && targetClasses > 0), "targets or targetClasses", "both");
  const steps = iterations * restarts * Math.max(targetClasses, 1);
  check(steps <= 65535, "at most 65535 iterations of all runs of a sample", steps);
  check(isWhole(candidates, 2, classes), `candidates in 2-${classes}`, candidates);
  check(isSingleFrom(overshoot, 0), "overshoot in [0, 3.4e38]", overshoot);
  check(isFrom(alphaMax, 0) && alphaMax <= 1, "alphaMax in [0, 1]", alphaMax);
  check(isFrom(beta, 0) && beta <= 1, "beta in [0, 1]", beta);
  check(isWhole(seed, -Infinity), "seed a whole number", seed);
}
