import type { Engine } from "../engine/engine.ts";
import { shared } from "../engine/shared_memory.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { ascentFunctions, marginSeeds } from "./ascent_functions.ts";
import { badOption } from "./bad_option.ts";
import { countInputs, runInBlocks } from "./blocks.ts";
import { checkNumbers } from "./check_numbers.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { deepfool, type DeepFoolResult } from "./deepfool.ts";
import type { MinimumNormRows } from "./fast_minimum_norm_routine.ts";
import { ratioOf } from "./norms.ts";
import { joinRows, type PerturbedRows, rowNorms } from "./perturbed_rows.ts";
import { arraysOf } from "./predict.ts";
import type { ChunkExtents } from "./predict_routine.ts";

/** How to run {@link fastMinimumNorm}. */
export interface FastMinimumNormOptions {
  /** Steps after DeepFool, at least 1. */
  readonly steps?: number;
  /** The true classes to leave, [count], instead of the predicted ones. */
  readonly labels?: Uint16Array;
  /** How many of the strongest classes at x compete in DeepFool, the predicted one included; ten, or all of fewer, unless said otherwise. */
  readonly candidates?: number;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Attacked samples, one entry each. */
export interface FastMinimumNormResult {
  /** How many samples. */
  readonly count: number;
  /** The smallest perturbations found that fool, else the last ones tried, [count, ...inputShape]. */
  readonly perturbations: Float32Array;
  /** ||Delta_x||_2. */
  readonly norms: Float32Array;
  /** ||Delta_x||_2 / ||x||_2; NaN where ||x||_2 = 0. */
  readonly ratios: Float32Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /** 1 where the class predicted at x + Delta_x is not the one to leave. */
  readonly fooled: Uint16Array;
}

/**
 * The fast minimum-norm attack (Pintor et al. 2021) for the l2 norm: steps along the gradient of the margin between
 * the class to leave and the strongest other one, each followed by the projection into a ball around x that shrinks
 * while the sample is fooled and grows while it is not. Both changes get smaller, so the radius settles at the
 * boundary.
 *
 * Two things are our own: it starts from DeepFool's perturbation where that fools, so that what it finds is never
 * larger, and steps are relative to the radius, since inputs come in units of any size. In preprocessed units, not
 * clipped.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws UserError when an option lies outside its range, images, labels and network do not fit, or a number is not finite.
 */
export async function fastMinimumNorm(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
  options: FastMinimumNormOptions = {},
): Promise<FastMinimumNormResult> {
  const { steps = 100, labels, candidates = Math.min(10, network.classes), onProgress } = options;
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw badOption(network, "FMN", "steps a whole number of at least 1", steps);
  }
  const count = countInputs(network, images, labels);
  checkNumbers(network, weights, images);
  const inputs = shared(images);
  const run = await loadMinimumNorm(engine, network);
  const rows = {
    weights: arraysOf(weights),
    images: inputs,
    starts: shared(startsOf(await deepfool(engine, network, weights, inputs, { candidates }))),
    labels,
    steps,
  };
  const joined = joinRows(await runInBlocks(engine, network, run, rows, count, onProgress));
  const length = inputLength(network);
  const norms = rowNorms(joined.perturbations, length);
  const lengths = rowNorms(inputs, length);
  return {
    ...joined,
    count,
    norms,
    ratios: norms.map((norm, i) => ratioOf(norm, lengths[i]!)),
    fooled: joined.fooledAs.map((label, i) => Number(label !== (labels ?? joined.predicted)[i])),
  };
}

/** DeepFool's perturbations; 0 where they do not fool: they may have led to where there is no gradient. */
function startsOf({ perturbations, fooled, count }: DeepFoolResult): Float32Array {
  const length = perturbations.length / count;
  return perturbations.map((r, i) => fooled[Math.floor(i / length)] ? r : 0);
}

function loadMinimumNorm(engine: Engine, network: Network) {
  return engine.load<ChunkExtents, MinimumNormRows, PerturbedRows>(network, "fmn", () => ({
    functions: ascentFunctions(network, 2, marginSeeds),
    module: new URL("./fast_minimum_norm_routine.ts", import.meta.url).href,
    export: "minimumNormShard",
    settings: {
      chunk: chunkSizes(network).forward,
      classes: network.classes,
      length: inputLength(network),
    },
  }));
}
