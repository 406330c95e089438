import type { Engine } from "../engine/engine.ts";
import { shards, shared } from "../engine/shared_memory.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { badOption } from "./bad_option.ts";
import { countInputs } from "./blocks.ts";
import { checkNumbers } from "./check_numbers.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { lossSign, perturbedLogits } from "./fast_gradient_sign_functions.ts";
import type { LabelledRows, SignRows } from "./fast_gradient_sign_routine.ts";
import { arraysOf, predict } from "./predict.ts";
import type { ChunkExtents } from "./predict_routine.ts";

/** Attacked samples, one entry each. */
export interface FastGradientSignResult {
  /** How many samples. */
  readonly count: number;
  /** epsilon sign(grad L), [count, ...inputShape]. */
  readonly perturbations: Float32Array;
  /** ||Delta_x||_2. */
  readonly norms: Float32Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /** 1 where the prediction changed. */
  readonly fooled: Uint16Array;
}

const module = new URL("./fast_gradient_sign_routine.ts", import.meta.url).href;

/**
 * The fast gradient sign attack (Goodfellow et al. 2015): x + epsilon sign(grad_x L(f(x), y)), in preprocessed units,
 * not clipped.
 *
 * @param images [count, ...inputShape].
 * @param labels The true classes, [count].
 * @param epsilon At least 0, the largest change of a number of the input.
 * @throws UserError when epsilon is none, images or labels do not fit the network, or a number is not finite.
 */
export async function fastGradientSign(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
  labels: Uint16Array,
  epsilon: number,
): Promise<FastGradientSignResult> {
  checkEpsilons(network, [epsilon]);
  const count = countInputs(network, images, labels);
  checkNumbers(network, weights, images);
  const extents = extentsOf(network);
  const run = await engine.load<ChunkExtents, LabelledRows, Float32Array>(
    network,
    "fgs signs",
    () => ({
      functions: { lossSign: lossSign(network, extents.chunk) },
      module,
      export: "signShard",
      settings: extents,
    }),
  );
  const rows = { weights: arraysOf(weights), images: shared(images), labels };
  const parts = await run(
    shards(count, engine.workers).map((shard) => ({ ...rows, ...shard })),
  );
  const perturbations = new Float32Array(images.length);
  parts.reduce(
    (at, part) => (perturbations.set(part.map((sign) => epsilon * sign), at), at + part.length),
    0,
  );
  const before = await predict(engine, network, weights, images);
  const after = await predict(
    engine,
    network,
    weights,
    images.map((x, i) => x + perturbations[i]!),
  );
  return {
    count,
    perturbations,
    norms: Float32Array.from(labels, (_, i) => {
      const row = perturbations.subarray(i * extents.length, (i + 1) * extents.length);
      return Math.sqrt(row.reduce((sum, r) => sum + r * r, 0));
    }),
    predicted: before.labels,
    fooledAs: after.labels,
    fooled: before.labels.map((label, i) => Number(label !== after.labels[i])),
  };
}

/**
 * The share of samples that are predicted right under the fast gradient sign attack, for each epsilon.
 *
 * @param images [count, ...inputShape].
 * @param labels The true classes, [count].
 * @param epsilons At least 0 each.
 * @throws UserError when an epsilon is none, images or labels do not fit the network, or a number is not finite.
 */
export async function accuraciesUnderSign(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
  labels: Uint16Array,
  epsilons: readonly number[],
): Promise<number[]> {
  checkEpsilons(network, epsilons);
  const count = countInputs(network, images, labels);
  checkNumbers(network, weights, images);
  const extents = extentsOf(network);
  const run = await engine.load<ChunkExtents, SignRows, number[]>(
    network,
    "fgs accuracies",
    () => ({
      functions: {
        lossSign: lossSign(network, extents.chunk),
        perturbedLogits: perturbedLogits(network, extents.chunk),
      },
      module,
      export: "countRightShard",
      settings: extents,
    }),
  );
  const rows = { weights: arraysOf(weights), images: shared(images), labels, epsilons };
  const parts = await run(
    shards(count, engine.workers).map((shard) => ({ ...rows, ...shard })),
  );
  return epsilons.map((_, i) => parts.reduce((sum, counts) => sum + counts[i]!, 0) / count);
}

function checkEpsilons(network: Network, epsilons: readonly number[]): void {
  const wrong = epsilons.find((epsilon) => !(epsilon >= 0 && epsilon < Infinity));
  if (wrong !== undefined) throw badOption(network, "FGS", "epsilon in [0, inf)", wrong);
}

function extentsOf(network: Network): ChunkExtents {
  return {
    chunk: chunkSizes(network).forward,
    classes: network.classes,
    length: inputLength(network),
  };
}
