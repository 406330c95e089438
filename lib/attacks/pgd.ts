import type { Engine } from "../engine/engine.ts";
import { shared } from "../engine/shared_memory.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { ascentFunctions, lossSeeds } from "./ascent_functions.ts";
import { badOption } from "./bad_option.ts";
import { countInputs, runInBlocks } from "./blocks.ts";
import { checkNumbers } from "./check_numbers.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { joinRows, type PerturbedRows, rowNorms } from "./perturbed_rows.ts";
import type { PgdPlan, PgdRows, PgdSettings } from "./pgd_routine.ts";
import { arraysOf } from "./predict.ts";

/** How to run {@link pgd}. */
export interface PgdOptions {
  /** The ball's radius, >= 0, in the units of the inputs. */
  readonly epsilon: number;
  /** The norm of the ball: 2 or inf (default). */
  readonly p?: number;
  /** Steps from every start, at least 1. */
  readonly steps?: number;
  /** The length of a step, >= 0; 2.5 epsilon / steps unless said otherwise. */
  readonly stepSize?: number;
  /** How many starts a sample has, at least 1. */
  readonly restarts?: number;
  /** Whether the first start is a random point of the ball, as the others are, or the sample itself. */
  readonly randomStart?: boolean;
  /** Draws the starts: a whole number. */
  readonly seed?: number;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Attacked samples, one entry each. */
export interface PgdResult {
  /** How many samples. */
  readonly count: number;
  /** The perturbations that fooled, else the last ones tried, [count, ...inputShape]. */
  readonly perturbations: Float32Array;
  /** ||Delta_x||_p. */
  readonly norms: Float32Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /** 1 where the class predicted at x + Delta_x is not the true one. */
  readonly fooled: Uint16Array;
}

/**
 * Projected gradient descent (Madry et al. 2018): from a random point of the p-ball around x, steps of equal p-length
 * along the cross-entropy's gradient, each followed by the projection into the ball. Every sample stops at its first
 * success, one that is predicted wrong already at Delta_x = 0. In preprocessed units, not clipped to a range of pixels.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @param labels The true classes, [count].
 * @throws UserError when an option lies outside its range, images, labels and network do not fit, or a number is not finite.
 */
export async function pgd(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
  labels: Uint16Array,
  options: PgdOptions,
): Promise<PgdResult> {
  const { epsilon, p = Infinity, steps = 40, restarts = 1, randomStart = true, seed = 0 } = options;
  const { stepSize = 2.5 * epsilon / steps, onProgress } = options;
  const plan = { epsilon, steps, stepSize, restarts, randomStart, seed };
  checkOptions(network, p, plan);
  const count = countInputs(network, images, labels);
  checkNumbers(network, weights, images);
  const run = await loadPgd(engine, network, p);
  const rows = { weights: arraysOf(weights), images: shared(images), labels, ...plan };
  const parts = await runInBlocks(engine, network, run, rows, count, onProgress);
  const joined = joinRows(parts);
  return {
    ...joined,
    count,
    norms: rowNorms(joined.perturbations, inputLength(network), p),
    fooled: joined.fooledAs.map((label, i) => Number(label !== labels[i])),
  };
}

function loadPgd(engine: Engine, network: Network, p: number) {
  return engine.load<PgdSettings, PgdRows, PerturbedRows>(network, `pgd ${p}`, () => ({
    functions: ascentFunctions(network, p, lossSeeds),
    module: new URL("./pgd_routine.ts", import.meta.url).href,
    export: "pgdShard",
    settings: {
      chunk: chunkSizes(network).forward,
      classes: network.classes,
      length: inputLength(network),
      p,
    },
  }));
}

function checkOptions(network: Network, p: number, plan: PgdPlan): void {
  const { epsilon, steps, stepSize, restarts, seed } = plan;
  const check = (holds: boolean, expected: string, came: number) => {
    if (!holds) throw badOption(network, "PGD", expected, came);
  };
  check(p === 2 || p === Infinity, "the norm p 2 or Infinity", p);
  check(epsilon >= 0 && epsilon < Infinity, "epsilon in [0, inf)", epsilon);
  check(Number.isInteger(steps) && steps >= 1, "steps a whole number of at least 1", steps);
  check(stepSize >= 0 && stepSize < Infinity, "stepSize in [0, inf)", stepSize);
  check(
    Number.isInteger(restarts) && restarts >= 1,
    "restarts a whole number of at least 1",
    restarts,
  );
  check(Number.isInteger(seed), "seed a whole number", seed);
}
