import { labelledColumns, signsOf } from "../../attacks/fast_gradient_sign/signs.ts";
import { advanceAll } from "../../compute/advance_all.ts";
import { argMax } from "../../compute/arg_max.ts";
import { type ChunkFunctions, chunkFunctions, single } from "../../compute/chunk_function.ts";
import type { Masks } from "../../compute/draw_masks.ts";
import type { RowMemory } from "../../compute/row_memory.ts";
import type { Arrays, Executables } from "../../engine/executable.ts";
import { isSingleFrom, optionCheck } from "../../engine/option_check.ts";
import type { GradientSum } from "./gradient_sum.ts";
import { maskColumns, type TrainingSample } from "./samples.ts";

/** The part of a loss at examples of the fast gradient sign attack: (1 - share) L(x) + share L(x + epsilon sign). */
export interface SignMixture {
  /** In (0, 1]. */
  readonly share: number;
  /** The attack's strength, in the units of the inputs. */
  readonly epsilon: number;
}

/** Checks a mixture. */
export function checkMixture(doing: string, { share, epsilon }: SignMixture): void {
  const check = optionCheck(doing);
  check(share > 0 && share <= 1, "the share under attack in (0, 1]", share);
  check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon);
}

/** A mixture as it is recorded among a defense's settings. */
export function recordedMixture({ share, epsilon }: SignMixture): Record<string, number> {
  return { fgs_share: share, fgs_epsilon: epsilon };
}

/** The compiled functions of a {@link lossPass}, for several sizes of chunks. */
export interface LossFunctions {
  readonly lossGradient: ChunkFunctions;
  /** None without a mixture. */
  readonly lossSign: ChunkFunctions;
}

/** The functions of a loss pass among a program's. */
export function lossFunctionsOf({ lossGradient, lossSign }: Executables): LossFunctions {
  return { lossGradient: chunkFunctions(lossGradient), lossSign: chunkFunctions(lossSign) };
}

/** The loss's part of a training step. */
export interface LossPass {
  /** A shard's part of the batch's mean loss. */
  readonly loss: number;
  /** The class predicted for every sample, unperturbed. */
  readonly predicted: readonly number[];
  /** The logits of every sample, unperturbed. */
  readonly logits: readonly Float32Array[];
}

/** The arguments of a loss pass. */
export interface LossPassOptions {
  readonly weights: Arrays;
  readonly memory: RowMemory;
  /** The size of the whole batch, N. */
  readonly batch: number;
  /** The parameters that are trained, and the buffers that are measured. */
  readonly summed: readonly string[];
  /** Dropout's masks. */
  readonly masks: Masks;
  /** None in ordinary training. */
  readonly mixture?: SignMixture | undefined;
}

/** The loss over a shard of a batch, clean and under attack as the mixture says, adding its gradient to a sum. */
export async function lossPass(
  { lossGradient, lossSign }: LossFunctions,
  gradient: GradientSum,
  samples: readonly TrainingSample[],
  options: LossPassOptions,
): Promise<LossPass> {
  const { batch, mixture } = options;
  const crossEntropy = (some: readonly TrainingSample[], weight: number) =>
    crossEntropyPass(lossGradient, gradient, some, weight, options);
  if (!mixture) return await crossEntropy(samples, 1 / batch);
  const { share, epsilon } = mixture;
  const clean = await crossEntropy(samples, (1 - share) / batch);
  const examples = await signExamples(lossSign, samples, epsilon, options);
  const attacked = await crossEntropy(examples, share / batch);
  return { ...clean, loss: clean.loss + attacked.loss };
}

/** The cross-entropy with every sample's weight `weight`, with a compiled `lossGradient`. */
async function crossEntropyPass(
  lossGradient: ChunkFunctions,
  gradient: GradientSum,
  samples: readonly TrainingSample[],
  weight: number,
  { weights, summed, masks, memory }: LossPassOptions,
): Promise<LossPass> {
  const inputs = { ...labelledColumns, ...maskColumns(masks), share: single(() => weight) };
  const loss = new Float32Array(1);
  const logits: Float32Array[] = [];
  let total = 0;
  await advanceAll(samples, lossGradient, {
    async call(fn, items) {
      const outputs = await gradient.add(
        summed,
        (sums, into) => fn.call(items, { ...weights, ...sums }, inputs, { ...into, loss }),
      );
      total += loss[0]!;
      return outputs;
    },
    advance(_, outputs) {
      const own = memory.take(outputs.logits!.length);
      own.set(outputs.logits!);
      logits.push(own);
      return false;
    },
  });
  return { loss: total, predicted: logits.map(argMax), logits };
}

/** The samples under the fast gradient sign attack (Goodfellow et al. 2015), with a compiled `lossSign`. */
async function signExamples(
  lossSign: ChunkFunctions,
  samples: readonly TrainingSample[],
  epsilon: number,
  { weights, masks, memory }: LossPassOptions,
): Promise<TrainingSample[]> {
  const examples: TrainingSample[] = [];
  const take = ({ x, ...sample }: TrainingSample, sign: Float32Array) => {
    const moved = memory.take(x.length);
    for (let i = 0; i < x.length; i++) moved[i] = x[i]! + epsilon * sign[i]!;
    examples.push({ ...sample, x: moved });
  };
  await signsOf(lossSign, samples, weights, take, maskColumns(masks));
  return examples;
}
