import type { Extents } from "../attacks/predict_routine.ts";
import type { Routine } from "../engine/executable.ts";
import { ownArrays } from "../engine/shared_memory.ts";
import { cleanPass, samplesOf } from "./clean_pass.ts";
import { gradientSum } from "./gradient_sum.ts";
import type { ShardGradient, ShardOfStep } from "./defense.ts";

/** A share of an ordinary training step. Function: `lossGradient`. */
export const cleanShard: Routine<Extents, ShardOfStep, ShardGradient> =
  ({ lossGradient }, extents) => async (shard) => {
    const samples = samplesOf(shard, extents.length);
    const weights = ownArrays(shard.weights);
    const gradient = gradientSum(weights);
    const { loss, predicted } = await cleanPass(
      lossGradient!,
      samples,
      weights,
      gradient,
      shard.batch,
      extents,
    );
    const correct = samples.filter(({ label }, i) => label === predicted[i]).length;
    return { gradients: gradient.total(), loss, regularizer: 0, correct, active: [0, 0] };
  };
