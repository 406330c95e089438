import { type Columns, copied } from "../../compute/chunk_function.ts";
import { drawMasks, type Masks } from "../../compute/draw_masks.ts";
import { rowsOf } from "../../compute/predict_routine.ts";
import type { RowMemory } from "../../compute/row_memory.ts";
import type { Arrays } from "../../engine/executable.ts";
import type { ShardOfStep } from "../defense.ts";

/** What a training pass needs of a sample besides its numbers. */
export interface Masked {
  /** Dropout's masks, by name, for all passes of the step. */
  readonly masks: Arrays;
}

/** One training sample. */
export interface TrainingSample extends Masked {
  readonly x: Float32Array;
  readonly label: number;
}

/** The samples of a shard, as views, each with its own masks. */
export function samplesOf(
  shard: ShardOfStep,
  { length, masks }: { readonly length: number; readonly masks: Masks },
  memory: RowMemory,
): TrainingSample[] {
  const { from, labels, key = [] } = shard;
  return rowsOf(shard, length).map((x, i) => ({
    x,
    label: labels[from + i]!,
    masks: drawMasks(masks, memory, ...key, from + i),
  }));
}

/** The inputs of a training function for a sample's masks. */
export function maskColumns(masks: Masks): Columns<Masked> {
  return Object.fromEntries(
    Object.keys(masks).map((name) => [`mask:${name}`, copied(({ masks }) => masks[name]!)]),
  );
}
