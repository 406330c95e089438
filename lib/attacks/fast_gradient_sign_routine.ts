import type { Executable, Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { argMax, fillRows } from "./chunks.ts";
import type { Arrays } from "./deepfool_search.ts";
import { type ChunkExtents, type Rows, rowsOf } from "./predict_routine.ts";

/** Inputs with their true classes. */
export interface LabelledRows extends Rows {
  readonly labels: Uint16Array;
}

/** Inputs, their true classes, and the strengths to attack them with. */
export interface SignRows extends LabelledRows {
  readonly epsilons: readonly number[];
}

/** The signs of a shard's rows, [to - from, length]. Function: `lossSign`. */
export const signShard: Routine<ChunkExtents, LabelledRows, Float32Array> = (
  { lossSign },
  extents,
) => {
  const own = copier();
  return async (rows) => {
    const result = new Float32Array((rows.to - rows.from) * extents.length);
    const weights = own(rows.weights);
    for (const part of chunksOf(rows, extents)) {
      const { sign } = await signOfChunk(lossSign!, part, weights, extents);
      result.set(
        sign.subarray(0, (part.to - part.from) * extents.length),
        (part.from - rows.from) * extents.length,
      );
    }
    return result;
  };
};

/**
 * How many of a shard's rows are predicted right under the fast gradient sign attack at each epsilon.
 * Functions: `lossSign`, `perturbedLogits`.
 */
export const countRightShard: Routine<ChunkExtents, SignRows, number[]> = (
  { lossSign, perturbedLogits },
  extents,
) => {
  const { classes } = extents;
  const own = copier();
  return async (rows) => {
    const weights = own(rows.weights);
    const counts = rows.epsilons.map(() => 0);
    for (const part of chunksOf(rows, extents)) {
      const labels = rows.labels.subarray(part.from, part.to);
      const { x, sign } = await signOfChunk(lossSign!, part, weights, extents);
      for (const [at, strength] of rows.epsilons.entries()) {
        const epsilon = Float32Array.of(strength);
        const { logits } = await perturbedLogits!({ ...weights, x, sign, epsilon });
        const isRight = (label: number, i: number) =>
          argMax(logits!, i * classes, (i + 1) * classes) === label;
        counts[at]! += labels.reduce((right, label, i) => right + Number(isRight(label, i)), 0);
      }
    }
    return counts;
  };
};

/** The rows, a chunk at a time. */
function* chunksOf<R extends Rows>(rows: R, { chunk }: ChunkExtents): Generator<R> {
  for (let from = rows.from; from < rows.to; from += chunk) {
    yield { ...rows, from, to: Math.min(from + chunk, rows.to) };
  }
}

/** A chunk's inputs and signs, [chunk, length]; places without a row are zero. */
async function signOfChunk(
  lossSign: Executable,
  rows: LabelledRows,
  weights: Arrays,
  { chunk, classes, length }: ChunkExtents,
): Promise<{ readonly x: Float32Array; readonly sign: Float32Array }> {
  const x = fillRows(new Float32Array(chunk * length), rowsOf(rows, length), length);
  const target = new Float32Array(chunk * classes);
  rows.labels.subarray(rows.from, rows.to).forEach((label, i) => target[i * classes + label] = 1);
  const { sign } = await lossSign({ ...weights, x, target });
  return { x, sign: sign! };
}
