import type { Engine } from "../../engine/engine.ts";
import { isWhole, optionCheck } from "../../engine/option_check.ts";
import { shared } from "../../engine/shared_memory.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { AttackSettings } from "../attack_routine.ts";
import type { AttackOptions, MinimumNormAttacked } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { ascentStep, variantOf } from "./ascent_functions.ts";
import type { DescentRows } from "./descent_machine.ts";
import { descentStarts } from "./descent_starts.ts";

/** How to run {@link fastMinimumNorm}. */
export interface FastMinimumNormOptions extends AttackOptions {
  /** The norm that the perturbation keeps small: 1, 2 or Infinity; 2 unless given. */
  readonly p?: number;
  /** Steps after DeepFool, 1-65535; 100 unless given. */
  readonly steps?: number;
  /** How many of the strongest classes at x compete in DeepFool, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
}

/**
 * The fast minimum-norm attack (Pintor et al. 2021): steps along the gradient of the margin between the class to leave and
 * the strongest other one, each followed by the projection into a ball around x that shrinks while the sample is
 * fooled and grows while it is not. Both changes get smaller, so the radius settles at the boundary.
 *
 * Two things differ from the paper: it starts from DeepFool's perturbation where that fools, so that its result is never
 * larger, and steps are relative to the radius, since inputs come in units of any size. With targets, the margin of the
 * target over the others rises. In the units of the inputs; within the box at every step, if there is one.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, labels and network do not fit, or a number
 * is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example Points that belong to the class of their larger coordinate, in the l-infinity norm.
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
 * const { norms } = await dd.fastMinimumNorm(engine, model, images, { p: Infinity });
 * assert.ok(Math.abs(norms[0]! - 1) < 0.03); // (3, 1) to just beyond (2, 2)
 * ```
 */
export async function fastMinimumNorm(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: FastMinimumNormOptions = {},
): Promise<MinimumNormAttacked> {
  const { network } = model;
  const { p = 2, steps = 100, candidates = Math.min(10, network.classes) } = options;
  const { targets, within, signal } = options;
  const check = optionCheck(`attacking ${network.name} with FMN`);
  check([1, 2, Infinity].includes(p), "the norm p 1, 2 or Infinity", p);
  check(isWhole(steps, 1, 65535), "steps a whole number in 1-65535", steps);
  const inputs = shared(images);
  const starts = await descentStarts(engine, model, inputs, {
    p,
    candidates,
    targets,
    within,
    signal,
  });
  const geometry = { p, stepNorm: 2, objective: "margin", ...variantOf(options) } as const;
  return await runAttack<AttackSettings, Pick<DescentRows, "starts" | "steps">>(
    engine,
    model,
    inputs,
    {
      title: "FMN",
      step: forSizes(ascentStep, chunkSizes(network, engine).inputGradient, geometry),
      module: new URL("./fast_minimum_norm_routine.ts", import.meta.url).href,
      export: "minimumNormShard",
      settings: { p },
      rows: { starts, steps },
    },
    options,
  );
}
