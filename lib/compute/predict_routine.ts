import type { Arrays, Routine } from "../engine/executable.ts";
import { copier, type Shard } from "../engine/shared_memory.ts";
import { weightInputs } from "../networks/network_function.ts";
import { advanceAll } from "./advance_all.ts";
import { type ChunkFunctions, chunkFunctions, copied } from "./chunk_function.ts";

/** Rows of a shared array of inputs. */
export interface Rows extends Shard {
  /** The parameters, by name. */
  readonly weights: Arrays;
  /** All inputs, [count, length]. */
  readonly images: Float32Array;
}

/** The extents that a routine works with. */
export interface RowExtents {
  readonly classes: number;
  /** Numbers in one input. */
  readonly length: number;
}

/** The logits of a shard's rows, [to - from, classes]. Function: `logits`. */
export const predictShard: Routine<RowExtents, Rows, Float32Array> = ({ logits }, extents) => {
  const own = copier();
  const functions = chunkFunctions(logits);
  return (rows) =>
    logitsOfRows(
      functions,
      rowsOf(rows, extents.length),
      own(weightInputs(rows.weights)),
      extents.classes,
    );
};

/** The rows of a shard, as views. */
export function rowsOf(
  { images, from, to }: Omit<Rows, "weights">,
  length: number,
): Float32Array[] {
  return Array.from(
    { length: to - from },
    (_, i) => images.subarray((from + i) * length, (from + i + 1) * length),
  );
}

/** The logits of inputs, [inputs, classes], with a compiled `logitsOf`. */
export async function logitsOfRows(
  logits: ChunkFunctions,
  inputs: readonly Float32Array[],
  weights: Arrays,
  classes: number,
): Promise<Float32Array> {
  const result = new Float32Array(inputs.length * classes);
  let end = 0;
  await advanceAll(inputs, logits, {
    call: (fn, rows) => fn.call(rows, weights, { x: copied((row) => row) }),
    advance: (_, outputs) => {
      result.set(outputs.logits!, end);
      end += classes;
      return false;
    },
  });
  return result;
}
