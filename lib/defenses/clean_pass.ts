import { argMax, fillRows } from "../attacks/chunks.ts";
import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Extents } from "../attacks/predict_routine.ts";
import type { Executable } from "../engine/executable.ts";
import type { ShardOfStep } from "./defense.ts";
import type { GradientSum } from "./gradient_sum.ts";

/** One training sample. */
export interface Sample {
  readonly x: Float32Array;
  readonly label: number;
}

/** The ordinary part of a training step. */
export interface CleanPass {
  readonly loss: number;
  /** The class predicted for every sample. */
  readonly predicted: readonly number[];
}

/** The samples of a share, as views. */
export function samplesOf({ images, labels, indices }: ShardOfStep, length: number): Sample[] {
  return Array.from(indices, (index) => ({
    x: images.subarray(index * length, (index + 1) * length),
    label: labels[index]!,
  }));
}

/** Cross-entropy over a share of a batch, adding its gradient to a sum, with a compiled {@link lossGradient}. */
export type RunCleanPass = (
  samples: readonly Sample[],
  weights: Arrays,
  batch: number,
) => Promise<CleanPass>;

/** Makes the ordinary part of a training step, with arrays that all steps use. */
export function cleanPass(
  lossGradient: Executable,
  gradient: GradientSum,
  { chunk, classes, length }: Extents,
): RunCleanPass {
  const x = new Float32Array(chunk * length);
  const [target, logits] = [new Float32Array(chunk * classes), new Float32Array(chunk * classes)];
  const [share, loss] = [new Float32Array(chunk), new Float32Array(1)];
  return async (samples, weights, batch) => {
    const predicted: number[] = [];
    let total = 0;
    for (let from = 0; from < samples.length; from += chunk) {
      const rows = samples.slice(from, from + chunk);
      fillRows(x, rows.map((row) => row.x), length);
      target.fill(0);
      rows.forEach(({ label }, i) => target[i * classes + label] = 1);
      share.fill(1 / batch).fill(0, rows.length);
      await gradient.add(lossGradient, { ...weights, x, target, share }, { logits, loss });
      total += loss[0]!;
      rows.forEach((_, i) => predicted.push(argMax(logits, i * classes, (i + 1) * classes)));
    }
    return { loss: total, predicted };
  };
}
