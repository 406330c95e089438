import type { Engine } from "../../engine/engine.ts";
import { isNorm, isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { RowExtents } from "../../compute/predict_routine.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import type { AttackOptions, MinimumNormAttacked } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { nearestStep, towardsStep } from "./deepfool_functions.ts";
import { nearestStepWithin, towardsStepWithin } from "./deepfool_within_functions.ts";
import type { DeepFoolSettings } from "./deepfool_routine.ts";

/** How to run {@link deepfool}. */
export interface DeepFoolOptions extends AttackOptions {
  /** The norm that the perturbation keeps small, in [1, inf]; 2 unless given. */
  readonly p?: number;
  /** The iteration limit, 1-65535; 50 unless given. */
  readonly iterations?: number;
  /** How far to go beyond the boundary, relative to the perturbation, in [0, 3.4e38]; 0.02 unless given. */
  readonly overshoot?: number;
  /** How many of the strongest classes at x compete, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
  /** A second, lower iteration limit at which ratios are reported too, from the same attack; `iterations` unless given. */
  readonly earlier?: number;
}

/**
 * DeepFool (Moosavi-Dezfooli et al. 2016; Section 3.1, Eq. 1-2, for several classes and any p): the smallest
 * perturbation that changes a sample's prediction, found by stepping onto the nearest linearised boundary until
 * x + (1 + overshoot) sum r is on its other side. Every sample stops by itself. Within a box, a step goes to the nearest point
 * of the boundary in the box, for p = 1, 2 or inf, and Delta_x is clipped to the box.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, classes and network do not fit, or a number
 * is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example The smallest perturbations of points that belong to the class of their larger coordinate.
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
 * const { norms, fooled } = await dd.deepfool(engine, model, images);
 * assert.deepEqual([...fooled], [1, 1]);
 * assert.ok(Math.abs(norms[0]! - 1.02 * Math.sqrt(2)) < 1e-4); // (3, 1) to just beyond (2, 2)
 * ```
 */
export async function deepfool(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: DeepFoolOptions = {},
): Promise<MinimumNormAttacked> {
  const { network } = model;
  const {
    p = 2,
    iterations = 50,
    overshoot = 0.02,
    candidates = Math.min(10, network.classes),
    earlier = iterations,
    targets,
    within,
  } = options;
  const search = { p, iterations, overshoot, candidates, earlier };
  checkOptions(network, search, options);
  const towards = targets !== undefined;
  const { attack } = chunkSizes(network, engine);
  const geometry = { p, overshoot };
  return await runAttack<DeepFoolSettings, object>(engine, model, images, {
    title: "DeepFool",
    step: towards
      ? forSizes(within ? towardsStepWithin : towardsStep, attack, geometry)
      : forSizes(within ? nearestStepWithin : nearestStep, attack, {
        ...geometry,
        competitors: candidates - 1,
      }),
    module: new URL("./deepfool_routine.ts", import.meta.url).href,
    export: "deepfoolShard",
    settings: { ...search, towards },
    rows: {},
  }, options);
}

function checkOptions(
  { name, classes }: Network,
  { p, iterations, overshoot, candidates, earlier }: Omit<
    DeepFoolSettings,
    keyof RowExtents | "towards"
  >,
  { within }: DeepFoolOptions,
): void {
  const check = optionCheck(`attacking ${name} with DeepFool`);
  check(isNorm(p), "the norm p in [1, inf]", p);
  check(isWhole(iterations, 1, 65535), "iterations in 1-65535", iterations);
  check(isWhole(earlier, 1), "the earlier limit a whole number from 1", earlier);
  check(isSingleFrom(overshoot, 0), "overshoot in [0, 3.4e38]", overshoot);
  check(isWhole(candidates, 2, classes), `candidates in 2-${classes}`, candidates);
  check(!within || [1, 2, Infinity].includes(p), "the norm p 1, 2 or Infinity within a box", p);
}
