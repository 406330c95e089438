import { advanceAll, argMax, type ChunkFunctions, fillMasks, fillRows } from "../attacks/chunks.ts";
import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Extents } from "../attacks/predict_routine.ts";
import type { RowMemory } from "../attacks/row_memory.ts";
import { flipped } from "../data/flipped.ts";
import type { ShardOfStep } from "./defense.ts";
import { drawMasks, type Masks } from "./draw_masks.ts";
import type { GradientSum } from "./gradient_sum.ts";

/** One training sample. */
export interface Sample {
  readonly x: Float32Array;
  readonly label: number;
  /** Dropout's masks, by name, for all passes of the step. */
  readonly masks: Arrays;
}

/** What of a loss is taken at examples of the fast gradient sign attack: (1 - share) L(x) + share L(x + epsilon sign). */
export interface SignMixture {
  /** In [0, 1]; 0 is ordinary training. */
  readonly share: number;
  /** The attack's strength, in the units of the inputs. */
  readonly epsilon: number;
}

/** The compiled functions of a {@link lossPass}, for several sizes of chunks. */
export interface LossFunctions {
  readonly lossGradient: ChunkFunctions;
  /** Needed where the mixture's share is not 0. */
  readonly lossSign: ChunkFunctions;
}

/** The part of a training step that is the loss's. */
export interface LossPass {
  /** A share's part of the batch's mean loss. */
  readonly loss: number;
  /** The class predicted for every sample, unperturbed. */
  readonly predicted: readonly number[];
  /** The logits of every sample, unperturbed. */
  readonly logits: readonly Float32Array[];
}

/** What a loss pass runs with. */
export interface LossPassOptions extends Extents {
  readonly weights: Arrays;
  /** The size of the whole batch, N. */
  readonly batch: number;
  readonly mixture: SignMixture;
}

/**
 * The samples of a share, as views, or flipped copies where the share says so; every second one is its adversarial example
 * where the share has those.
 */
export function samplesOf(
  { images, labels, indices, examples = images, flippedWidth, key = [] }: ShardOfStep,
  { length, masks }: { readonly length: number; readonly masks: Masks },
  memory: RowMemory,
): Sample[] {
  return Array.from(indices, (index, i) => {
    const from = i % 2 === 0 ? images : examples;
    const x = from.subarray(index * length, (index + 1) * length);
    return {
      x: flippedWidth ? flipped(x, flippedWidth) : x,
      label: labels[index]!,
      masks: drawMasks(masks, memory, ...key, index),
    };
  });
}

/** The loss over a share of a batch, clean and under attack as the mixture says, adding its gradient to a sum. */
export async function lossPass(
  { lossGradient, lossSign }: LossFunctions,
  gradient: GradientSum,
  samples: readonly Sample[],
  options: LossPassOptions,
): Promise<LossPass> {
  const { weights, batch, mixture: { share, epsilon } } = options;
  const crossEntropy = (some: readonly Sample[], weight: number) =>
    crossEntropyPass(lossGradient, gradient, some, weights, weight, options);
  const clean = await crossEntropy(samples, (1 - share) / batch);
  if (share === 0) return clean;
  const examples = await signExamples(lossSign, samples, weights, epsilon, options);
  const attacked = await crossEntropy(examples, share / batch);
  return { ...clean, loss: clean.loss + attacked.loss };
}

/** Cross-entropy where every sample counts `weight`, with a compiled `lossGradient`. */
async function crossEntropyPass(
  lossGradient: ChunkFunctions,
  gradient: GradientSum,
  samples: readonly Sample[],
  weights: Arrays,
  weight: number,
  { classes, length }: Extents,
): Promise<LossPass> {
  const logits: Float32Array[] = [];
  let loss = 0;
  await advanceAll(samples, lossGradient, async (rows, fn) => {
    const { size, run, buffer } = fn;
    const x = fillRows(buffer("x", size * length), rows.map((row) => row.x), length);
    const target = oneHot(buffer("target", size * classes), rows, classes);
    const share = buffer("share", size).fill(weight).fill(0, rows.length);
    const into = { loss: buffer("loss", 1), logits: buffer("logits", size * classes) };
    await gradient.add(run, { ...weights, ...fillMasks(fn, rows), x, target, share }, into);
    loss += into.loss[0]!;
    return rows.map((_, i) => {
      logits.push(into.logits.slice(i * classes, (i + 1) * classes));
      return false;
    });
  });
  return { loss, predicted: logits.map((own) => argMax(own)), logits };
}

/** The samples under the fast gradient sign attack (Goodfellow et al. 2015), with a compiled `lossSign`. */
async function signExamples(
  lossSign: ChunkFunctions,
  samples: readonly Sample[],
  weights: Arrays,
  epsilon: number,
  { classes, length }: Extents,
): Promise<Sample[]> {
  const examples: Sample[] = [];
  await advanceAll(samples, lossSign, async (rows, fn) => {
    const { size, run, buffer } = fn;
    const x = fillRows(buffer("x", size * length), rows.map((row) => row.x), length);
    const target = oneHot(buffer("target", size * classes), rows, classes);
    const into = {
      sign: buffer("sign", size * length),
      logits: buffer("logits", size * classes),
    };
    await run({ ...weights, ...fillMasks(fn, rows), x, target }, into);
    return rows.map(({ x, label, masks }, i) => {
      examples.push({ x: moved(x, into.sign, i * length, epsilon), label, masks });
      return false;
    });
  });
  return examples;
}

function oneHot(target: Float32Array, rows: readonly Sample[], classes: number): Float32Array {
  target.fill(0);
  rows.forEach(({ label }, i) => target[i * classes + label] = 1);
  return target;
}

/** x + epsilon times the signs from a position on. */
function moved(x: Float32Array, signs: Float32Array, from: number, epsilon: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = x[i]! + epsilon * signs[from + i]!;
  return result;
}
