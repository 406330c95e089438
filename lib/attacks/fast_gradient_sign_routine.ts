import type { Executable, Routine } from "../engine/executable.ts";
import { ownArrays } from "../engine/shared_memory.ts";
import { argMax, fillRows } from "./chunks.ts";
import type { Arrays } from "./deepfool_search.ts";
import { type Extents, logitsOfRows, type Rows, rowsOf } from "./predict_routine.ts";

/** Inputs with their true classes. */
export interface LabelledRows extends Rows {
  readonly labels: Uint8Array;
}

/** Inputs, their true classes, and the strengths to attack them with. */
export interface SignRows extends LabelledRows {
  readonly epsilons: readonly number[];
}

/** The signs of a shard's rows, [to - from, length]. Function: `lossSign`. */
export const signShard: Routine<Extents, LabelledRows, Float32Array> =
  ({ lossSign }, extents) =>
  async (
    rows,
  ) => (await signs(lossSign!, rows, ownArrays(rows.weights), extents));

/**
 * How many of a shard's rows are predicted right under the fast gradient sign attack at each epsilon.
 * Functions: `lossSign`, `logits`.
 */
export const countRightShard: Routine<Extents, SignRows, number[]> =
  ({ lossSign, logits }, extents) => async (rows) => {
    const { length, classes } = extents;
    const weights = ownArrays(rows.weights);
    const inputs = rowsOf(rows, length);
    const directions = await signs(lossSign!, rows, weights, extents);
    const counts: number[] = [];
    for (const epsilon of rows.epsilons) {
      const perturbed = inputs.map((x, i) =>
        x.map((value, j) => value + epsilon * directions[i * length + j]!)
      );
      const scores = await logitsOfRows(logits!, perturbed, weights, extents);
      const isRight = (_: unknown, i: number) =>
        argMax(scores, i * classes, (i + 1) * classes) === rows.labels[rows.from + i];
      counts.push(inputs.filter(isRight).length);
    }
    return counts;
  };

async function signs(
  lossSign: Executable,
  rows: LabelledRows,
  weights: Arrays,
  extents: Extents,
): Promise<Float32Array> {
  const { chunk, classes, length } = extents;
  const inputs = rowsOf(rows, length);
  const x = new Float32Array(chunk * length);
  const result = new Float32Array(inputs.length * length);
  for (let from = 0; from < inputs.length; from += chunk) {
    const part = inputs.slice(from, from + chunk);
    const target = new Float32Array(chunk * classes);
    part.forEach((_, i) => target[i * classes + rows.labels[rows.from + from + i]!] = 1);
    const { sign } = await lossSign({ ...weights, x: fillRows(x, part, length), target });
    result.set(sign!.subarray(0, part.length * length), from * length);
  }
  return result;
}
