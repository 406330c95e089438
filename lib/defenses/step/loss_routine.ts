import type { Masks } from "../../compute/draw_masks.ts";
import type { RowExtents } from "../../compute/predict_routine.ts";
import { rowMemory } from "../../compute/row_memory.ts";
import type { Routine } from "../../engine/executable.ts";
import { copier } from "../../engine/shared_memory.ts";
import { weightInputs } from "../../networks/network_function.ts";
import type { ShardGradient, ShardOfStep } from "../defense.ts";
import { gradientSum } from "./gradient_sum.ts";
import { lossFunctionsOf, lossPass, type SignMixture } from "./loss_pass.ts";
import { samplesOf } from "./samples.ts";

/** The settings of {@link lossShard}. */
export interface LossSettings extends RowExtents {
  /** The parameters that are trained, and the buffers that are measured. */
  readonly summed: readonly string[];
  /** Dropout's masks. */
  readonly masks: Masks;
  /** None in ordinary training. */
  readonly mixture?: SignMixture | undefined;
}

/** One shard of a training step without a regulariser. Functions: as for a loss pass. */
export const lossShard: Routine<LossSettings, ShardOfStep, ShardGradient> = (
  executables,
  settings,
) => {
  const functions = lossFunctionsOf(executables);
  const own = copier();
  const gradient = gradientSum(settings.summed);
  const memory = rowMemory();
  return async (shard) => {
    memory.clear();
    gradient.begin(shard.weights);
    const weights = own(weightInputs(shard.weights));
    const samples = samplesOf(shard, settings, memory);
    const options = { ...settings, weights, memory, batch: shard.batch };
    const { loss, predicted } = await lossPass(functions, gradient, samples, options);
    const correct = samples.filter(({ label }, i) => label === predicted[i]).length;
    return { ...gradient.total(), loss, regularizer: 0, correct, active: [0, 0] };
  };
};
