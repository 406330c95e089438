import type { Engine } from "../../engine/engine.ts";
import { isWhole, optionCheck } from "../../engine/option_check.ts";
import { shared } from "../../engine/shared_memory.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import type { Model } from "../../networks/model.ts";
import type { AttackSettings } from "../attack_routine.ts";
import type { AttackOptions, MinimumNormAttacked } from "../attacked.ts";
import { deepfool } from "../deepfool/deepfool.ts";
import { runAttack } from "../run_attack.ts";
import { ascentStep } from "./ascent_functions.ts";
import type { MinimumNormRows } from "./fast_minimum_norm_routine.ts";

/** How to run {@link fastMinimumNorm}. */
export interface FastMinimumNormOptions extends AttackOptions {
  /** Steps after DeepFool, at least 1; 100 unless given. */
  readonly steps?: number;
  /** How many of the strongest classes at x compete in DeepFool, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
}

/**
 * The fast minimum-norm attack (Pintor et al. 2021) for the l2 norm: steps along the gradient of the margin between
 * the class to leave and the strongest other one, each followed by the projection into a ball around x that shrinks
 * while the sample is fooled and grows while it is not. Both changes get smaller, so the radius settles at the
 * boundary.
 *
 * Two things are our own: it starts from DeepFool's perturbation where that fools, so that what it finds is never
 * larger, and steps are relative to the radius, since inputs come in units of any size. In preprocessed units, not
 * clipped.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when an option lies outside its range, weights, images, labels and network do not fit, or a number
 * is not finite.
 */
export async function fastMinimumNorm(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: FastMinimumNormOptions = {},
): Promise<MinimumNormAttacked> {
  const { network } = model;
  const { steps = 100, candidates = Math.min(10, network.classes) } = options;
  const check = optionCheck(`attacking ${network.name} with FMN`);
  check(isWhole(steps, 1), "steps a whole number from 1", steps);
  const inputs = shared(images);
  const starts = startsOf(await deepfool(engine, model, inputs, { candidates }));
  return await runAttack<AttackSettings, Pick<MinimumNormRows, "starts" | "steps">>(
    engine,
    model,
    inputs,
    {
      title: "FMN",
      step: forSizes(ascentStep, chunkSizes(network).inputGradient, { p: 2, objective: "margin" }),
      module: new URL("./fast_minimum_norm_routine.ts", import.meta.url).href,
      export: "minimumNormShard",
      settings: { p: 2 },
      rows: { starts: shared(starts), steps },
    },
    options,
  );
}

/** DeepFool's perturbations; 0 where they do not fool: they may have led to where there is no gradient. */
function startsOf({ perturbations, fooled, count }: MinimumNormAttacked): Float32Array {
  const length = perturbations.length / count;
  return perturbations.map((r, i) => fooled[Math.floor(i / length)] ? r : 0);
}
