import { advanceAll, argMax, type ChunkFunctions, fillRows } from "../attacks/chunks.ts";
import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Extents } from "../attacks/predict_routine.ts";
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
export async function cleanPass(
  lossGradient: ChunkFunctions,
  gradient: GradientSum,
  samples: readonly Sample[],
  weights: Arrays,
  batch: number,
  { classes, length }: Extents,
): Promise<CleanPass> {
  const predicted: number[] = [];
  let loss = 0;
  await advanceAll(samples, lossGradient, async (rows, { size, run, buffer }) => {
    const x = fillRows(buffer("x", size * length), rows.map((row) => row.x), length);
    const target = buffer("target", size * classes).fill(0);
    rows.forEach(({ label }, i) => target[i * classes + label] = 1);
    const share = buffer("share", size).fill(1 / batch).fill(0, rows.length);
    const into = { loss: buffer("loss", 1), logits: buffer("logits", size * classes) };
    await gradient.add(run, { ...weights, x, target, share }, into);
    loss += into.loss[0]!;
    return rows.map((_, i) => {
      predicted.push(argMax(into.logits, i * classes, (i + 1) * classes));
      return false;
    });
  });
  return { loss, predicted };
}
