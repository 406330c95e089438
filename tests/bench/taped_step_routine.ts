import { fillRows } from "../../lib/attacks/chunks.ts";
import { rowMemory } from "../../lib/attacks/row_memory.ts";
import type { ChunkExtents } from "../../lib/attacks/predict_routine.ts";
import { samplesOf } from "../../lib/defenses/loss_pass.ts";
import { zerosLike } from "../../lib/defenses/gradient_sum.ts";
import type { ShardOfStep } from "../../lib/defenses/defense.ts";
import type { Routine } from "../../lib/engine/executable.ts";
import { copier } from "../../lib/engine/shared_memory.ts";

/** What {@link tapedShard} is set up with. */
export interface TapedSettings extends ChunkExtents {
  readonly lambda: number;
}

/** The regulariser of a share and, computed with it, its gradient. Function: `regularizer`. */
export const tapedShard: Routine<TapedSettings, ShardOfStep, number> = (
  { regularizer },
  { chunk, classes, length, lambda },
) => {
  const own = copier();
  return async (shard) => {
    const weights = own(shard.weights);
    const sums = zerosLike(weights);
    const samples = samplesOf(shard, { length, masks: {} }, rowMemory());
    let value = 0;
    for (let from = 0; from < samples.length; from += chunk) {
      const rows = samples.slice(from, from + chunk);
      const x = fillRows(new Float32Array(chunk * length), rows.map((row) => row.x), length);
      const target = new Float32Array(chunk * classes);
      rows.forEach(({ label }, i) => target[i * classes + label] = 1);
      const share = new Float32Array(chunk).fill(lambda / shard.batch).fill(0, rows.length);
      const outputs = await regularizer!({ ...weights, x, target, share });
      value += outputs.regularizer![0]!;
      for (const [name, sum] of Object.entries(sums)) {
        outputs[`gradient:${name}`]!.forEach((g, i) => sum[i] = sum[i]! + g);
      }
    }
    return value;
  };
};
