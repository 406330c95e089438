import { mean } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import type { AttackOptions } from "../attacks/attacked.ts";
import { readFirst } from "../data/blocks.ts";
import { UserError } from "../engine/user_error.ts";
import type { DefendStart } from "./defend_options.ts";

/** c times the mean of ||Delta_x|| / ||x||: the paper's is 0.65 (ConvNet) to 2.9 (NIN), 1.5 for AlexNet. */
const product = 1.5;

/** The number of training images that DeepFool is run on. */
const images = 1000;

/** DeepFool's iterations, as in training. */
const iterations = 5;

/** How well a model resists before it is defended, on the first 1,000 training images. */
export interface StartNorms {
  /** The mean of ||Delta_x|| / ||x||. */
  readonly ratio: number;
  /** The mean of ||Delta_x||, in the units of the inputs. */
  readonly norm: number;
  /** Numbers in one input. */
  readonly length: number;
}

/**
 * Runs DeepFool, as training uses it, on the first 1,000 training images.
 *
 * @throws {UserError} when none of them can be moved across a boundary: all norms are 0, or there are none.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function startNorms(
  { engine, model, train }: DefendStart,
  { onProgress, signal }: Pick<AttackOptions, "onProgress" | "signal"> = {},
): Promise<StartNorms> {
  const first = await readFirst(train, images);
  const { ratios, norms, perturbations } = await deepfool(engine, model, first.images, {
    iterations,
    onProgress,
    signal,
  });
  const ratio = mean(ratios) ?? 0;
  if (ratio > 0) {
    return { ratio, norm: mean(norms)!, length: perturbations.length / first.count };
  }
  throw new UserError(
    `defending ${model.network.name}: expected DeepFool to move training images, got perturbations of 0: its logits do not depend on them`,
  );
}

/**
 * The c of Eq. 6 for a model: 1.5 divided by the mean of DeepFool's ||Delta_x|| / ||x|| at the start, so that the exponential is
 * neither flat nor vanishing.
 */
export function cFor({ ratio }: Pick<StartNorms, "ratio">): number {
  return product / ratio;
}
