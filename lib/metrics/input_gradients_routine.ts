import { labelledColumns } from "../attacks/fast_gradient_sign/signs.ts";
import { advanceAll } from "../compute/advance_all.ts";
import { chunkFunctions } from "../compute/chunk_function.ts";
import { type RowExtents, type Rows, rowsOf } from "../compute/predict_routine.ts";
import type { Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { weightInputs } from "../networks/network_function.ts";

/** Inputs and their true classes. */
export interface LabelledRows extends Rows {
  readonly labels: Uint16Array;
}

/** The sizes of a shard's gradients, one entry per row. */
export interface GradientSizes {
  /** ||grad_x||_1 of the cross-entropy; 0 where every number of it is 0, not finite where one is not. */
  readonly loss: Float32Array;
  /** The same of the margin between the label's logit and the largest other one. */
  readonly margin: Float32Array;
}

/** The sizes of gradients at a shard's rows. Function: `sizes`, a compiled `gradientSizesAt`. */
export const gradientSizesShard: Routine<RowExtents, LabelledRows, GradientSizes> = (
  functions,
  { length },
) => {
  const sizes = chunkFunctions(functions.sizes);
  const own = copier();
  return async (rows) => {
    const weights = own(weightInputs(rows.weights));
    const samples = rowsOf(rows, length).map((x, i) => ({ x, label: rows.labels[rows.from + i]! }));
    const result = {
      loss: new Float32Array(samples.length),
      margin: new Float32Array(samples.length),
    };
    let end = 0;
    await advanceAll(samples, sizes, {
      call: (fn, items) => fn.call(items, weights, labelledColumns),
      advance: (_, { loss, margin }) => {
        result.loss[end] = loss![0]!;
        result.margin[end] = margin![0]!;
        end++;
        return false;
      },
    });
    return result;
  };
};
