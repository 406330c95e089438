import { labelledColumns } from "../../lib/attacks/fast_gradient_sign/signs.ts";
import { advanceAll } from "../../lib/compute/advance_all.ts";
import { chunkFunctions, single } from "../../lib/compute/chunk_function.ts";
import { rowMemory } from "../../lib/compute/row_memory.ts";
import type { ShardOfStep } from "../../lib/defenses/defense.ts";
import { zerosLike } from "../../lib/defenses/step/gradient_sum.ts";
import { samplesOf } from "../../lib/defenses/step/samples.ts";
import type { Routine } from "../../lib/engine/executable.ts";
import { copier } from "../../lib/engine/shared_memory.ts";
import { prefixed, weightInputs } from "../../lib/networks/network_function.ts";

/** What {@link tapedShard} is set up with. */
export interface TapedSettings {
  /** Numbers in one input. */
  readonly length: number;
  readonly lambda: number;
}

/** The regulariser of a shard and, computed with it, its gradient. Function: `regularizer`. */
export const tapedShard: Routine<TapedSettings, ShardOfStep, number> = (
  { regularizer },
  { length, lambda },
) => {
  const functions = chunkFunctions(regularizer);
  const own = copier();
  return async (shard) => {
    const weights = own(weightInputs(shard.weights));
    const sums = zerosLike(shard.weights);
    const gradients = zerosLike(shard.weights);
    const into = { ...prefixed("gradient", gradients), regularizer: new Float32Array(1) };
    const samples = samplesOf(shard, { length, masks: {} }, rowMemory());
    const inputs = { ...labelledColumns, share: single(() => lambda / shard.batch) };
    let value = 0;
    await advanceAll(samples, functions, {
      async call(fn, items) {
        const outputs = await fn.call(items, weights, inputs, into);
        value += into.regularizer[0]!;
        for (const [name, sum] of Object.entries(sums)) {
          gradients[name]!.forEach((g, i) => sum[i] = sum[i]! + g);
        }
        return outputs;
      },
      advance: () => false,
    });
    return value;
  };
};
