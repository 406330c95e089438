import type { Engine } from "../../engine/engine.ts";
import { isFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { shared } from "../../engine/shared_memory.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { AttackSettings } from "../attack_routine.ts";
import type { AttackOptions, MinimumNormAttacked } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { ascentStep, variantOf } from "./ascent_functions.ts";
import type { DdnRows } from "./ddn_routine.ts";
import { descentStarts } from "./descent_starts.ts";

/** How to run {@link ddn}. */
export interface DdnOptions extends AttackOptions {
  /** Steps after DeepFool, 1-65535; 100 unless given. */
  readonly steps?: number;
  /** The change of the radius per step, relative to it, in [0, 1); 0.05 unless given. */
  readonly gamma?: number;
  /** How many of the strongest classes at x compete in DeepFool, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
}

/**
 * The decoupled direction and norm attack (Rony et al. 2019), for the l2 norm: steps along the cross-entropy's gradient, each followed
 * by the projection onto a sphere around x. Its radius shrinks by a fixed share while the sample is fooled and grows by it
 * while it is not. The steps get shorter.
 *
 * As {@link fastMinimumNorm}, it starts from DeepFool's perturbation where that fools, and steps are relative to the radius.
 * The cross-entropy's direction is exact also where the softmax is saturated, and results are not rounded to 256
 * levels. With targets, the target's cross-entropy falls. In the units of the inputs; within the box at every step, if there is
 * one.
 *
 * With more than two classes, the cross-entropy's gradient does not lead to the nearest boundary where a third class is nearly as
 * likely: on affine classifiers of 3 to 10 classes, the perturbation is at most 0.4% longer than the exact distance in the mean, but up to
 * 2% for single samples, which keep DeepFool's perturbation. More steps do not help: with 1,000 it is up to 2% too, and for the
 * algorithm as published, from its own start, 3%. {@link fastMinimumNorm} is within 0.02% there.
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
 * const { norms } = await dd.ddn(engine, model, images);
 * assert.ok(Math.abs(norms[0]! - Math.sqrt(2)) < 0.03); // (3, 1) to just beyond (2, 2)
 * ```
 */
export async function ddn(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: DdnOptions = {},
): Promise<MinimumNormAttacked> {
  const { network } = model;
  const { steps = 100, gamma = 0.05, candidates = Math.min(10, network.classes) } = options;
  const { targets, within, signal } = options;
  const check = optionCheck(`attacking ${network.name} with DDN`);
  check(isWhole(steps, 1, 65535), "steps a whole number in 1-65535", steps);
  check(isFrom(gamma, 0) && gamma < 1, "gamma in [0, 1)", gamma);
  const inputs = shared(images);
  const starts = await descentStarts(engine, model, inputs, {
    candidates,
    targets,
    within,
    signal,
  });
  const geometry = { p: 2, onSphere: true, objective: "loss", ...variantOf(options) } as const;
  return await runAttack<AttackSettings, Pick<DdnRows, "starts" | "steps" | "gamma">>(
    engine,
    model,
    inputs,
    {
      title: "DDN",
      step: forSizes(ascentStep, chunkSizes(network, engine).inputGradient, geometry),
      module: new URL("./ddn_routine.ts", import.meta.url).href,
      export: "ddnShard",
      settings: { p: 2 },
      rows: { starts, steps, gamma },
    },
    options,
  );
}
