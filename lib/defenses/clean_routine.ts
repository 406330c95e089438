import { chunkFunctions } from "../attacks/chunks.ts";
import type { Extents } from "../attacks/predict_routine.ts";
import type { Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { cleanPass, samplesOf } from "./clean_pass.ts";
import { gradientSum } from "./gradient_sum.ts";
import type { ShardGradient, ShardOfStep } from "./defense.ts";

/** A share of an ordinary training step. Function: `lossGradient` for several sizes of chunks. */
export const cleanShard: Routine<Extents, ShardOfStep, ShardGradient> = (functions, extents) => {
  const lossGradient = chunkFunctions(functions, "lossGradient");
  const own = copier();
  const gradient = gradientSum();
  return async (shard) => {
    const weights = own(shard.weights);
    const samples = samplesOf(shard, extents.length);
    gradient.clear(weights);
    const { loss, predicted } = await cleanPass(
      lossGradient,
      gradient,
      samples,
      weights,
      shard.batch,
      extents,
    );
    const correct = samples.filter(({ label }, i) => label === predicted[i]).length;
    return { ...gradient.total(), loss, regularizer: 0, correct, active: [0, 0] };
  };
};
