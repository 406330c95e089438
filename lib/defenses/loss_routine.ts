import { chunkFunctions } from "../attacks/chunks.ts";
import { rowMemory } from "../attacks/row_memory.ts";
import type { Extents } from "../attacks/predict_routine.ts";
import type { Executables, Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import type { ShardGradient, ShardOfStep } from "./defense.ts";
import type { Masks } from "./draw_masks.ts";
import { gradientSum } from "./gradient_sum.ts";
import { type LossFunctions, lossPass, samplesOf, type SignMixture } from "./loss_pass.ts";

/** What {@link lossShard} is set up with. */
export interface LossSettings extends Extents {
  /** The parameters that are trained. */
  readonly trained: readonly string[];
  /** Dropout's masks. */
  readonly masks: Masks;
  readonly mixture: SignMixture;
}

/** A share of a step of training without a regulariser. Functions: those of a loss pass. */
export const lossShard: Routine<LossSettings, ShardOfStep, ShardGradient> = (
  executables,
  settings,
) => {
  const functions = lossFunctionsOf(executables);
  const own = copier();
  const gradient = gradientSum(settings.trained);
  const memory = rowMemory();
  return async (shard) => {
    memory.clear();
    const weights = own(shard.weights);
    const samples = samplesOf(shard, settings, memory);
    gradient.clear(weights);
    const { loss, predicted } = await lossPass(functions, gradient, samples, {
      ...settings,
      weights,
      batch: shard.batch,
    });
    const correct = samples.filter(({ label }, i) => label === predicted[i]).length;
    return { ...gradient.total(), loss, regularizer: 0, correct, active: [0, 0] };
  };
};

/** The functions of a loss pass among a program's. */
export function lossFunctionsOf(executables: Executables): LossFunctions {
  return {
    lossGradient: chunkFunctions(executables, "lossGradient"),
    lossSign: chunkFunctions(executables, "lossSign"),
  };
}
