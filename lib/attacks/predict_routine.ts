import type { Executable, Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { fillRows } from "./chunks.ts";
import type { Arrays } from "./deepfool_search.ts";

/** Rows of a shared array of inputs. */
export interface Rows {
  readonly weights: Arrays;
  /** All inputs, [count, length]. */
  readonly images: Float32Array;
  readonly from: number;
  readonly to: number;
}

/** The extents that a routine works with. */
export interface Extents {
  readonly classes: number;
  /** Numbers in one input. */
  readonly length: number;
}

/** The extents of a routine that goes through its rows in chunks of one size. */
export interface ChunkExtents extends Extents {
  /** Samples in a chunk. */
  readonly chunk: number;
}

/** The logits of a shard's rows, [to - from, classes]. */
export const predictShard: Routine<ChunkExtents, Rows, Float32Array> = ({ logits }, extents) => {
  const own = copier();
  return (rows) => logitsOfRows(logits!, rowsOf(rows, extents.length), own(rows.weights), extents);
};

/** The rows of a shard, as views. */
export function rowsOf({ images, from, to }: Rows, length: number): Float32Array[] {
  return Array.from(
    { length: to - from },
    (_, i) => images.subarray((from + i) * length, (from + i + 1) * length),
  );
}

/** The logits of inputs, chunk by chunk, with a compiled {@link logitsOf}. */
export async function logitsOfRows(
  logits: Executable,
  inputs: readonly Float32Array[],
  weights: Arrays,
  { chunk, classes, length }: ChunkExtents,
): Promise<Float32Array> {
  const x = new Float32Array(chunk * length);
  const result = new Float32Array(inputs.length * classes);
  for (let from = 0; from < inputs.length; from += chunk) {
    const rows = inputs.slice(from, from + chunk);
    const outputs = await logits({ ...weights, x: fillRows(x, rows, length) });
    result.set(outputs.logits!.subarray(0, rows.length * classes), from * classes);
  }
  return result;
}
