import { accuraciesUnderSign } from "../attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { checkSplit } from "../compute/check_inputs.ts";
import { blocksOf } from "../data/blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";

/**
 * The accuracies of a network under the fast gradient sign attack at each epsilon, in 0..1; images that cannot be read do not count.
 *
 * @throws {UserError} when an epsilon is outside its range, weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function fgsAccuracies(
  engine: Engine,
  model: Model,
  split: AnySplit,
  epsilons: readonly number[],
  { signal }: StopOptions = {},
): Promise<number[]> {
  checkSplit(`attacking ${model.network.name} with FGS`, model.network, split);
  let right = epsilons.map(() => 0);
  let count = 0;
  for await (const { images, labels } of blocksOf(split)) {
    const own = await accuraciesUnderSign(engine, model, images, labels, epsilons, { signal });
    right = right.map((sum, i) => sum + Math.round(own[i]! * labels.length));
    count += labels.length;
  }
  return right.map((sum) => sum / count);
}

/** How to search for eps_ref. */
export interface EpsilonRefOptions extends StopOptions {
  /** Called after every pass over the split: how many were made, and about how many there will be. Nothing is called unless given. */
  readonly onPass?: (done: number, total: number) => void;
}

const scanSteps = 32;
const scanGroup = 8;
const scanRange = 256;
const tolerance = 1e-3;

/**
 * eps_ref (Section 4.1): the smallest epsilon at which the fast gradient sign attack makes a network misclassify half
 * of the samples. Scans 32 geometric steps up to the largest input until the first such epsilon, and bisects
 * between it and the step before, to 0.1%. For a split larger than memory, the largest input among its first images is used.
 *
 * @returns eps_ref, in the units of the inputs; 0 when half are misclassified without an attack; null when even the largest epsilon leaves more than half right.
 * @throws {UserError} when weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function epsilonRef(
  engine: Engine,
  model: Model,
  split: AnySplit,
  { signal, onPass }: EpsilonRefOptions = {},
): Promise<number | null> {
  const largest = await largestInput(split);
  const scan = Array.from(
    { length: scanSteps },
    (_, i) => largest * scanRange ** (i / (scanSteps - 1) - 1),
  );
  let passes = 0;
  const accuracies = async (epsilons: readonly number[], left: number) => {
    const measured = await fgsAccuracies(engine, model, split, epsilons, { signal });
    onPass?.(++passes, passes + left);
    return measured;
  };
  for (let from = 0; from < scanSteps; from += scanGroup) {
    const group = scan.slice(from, from + scanGroup);
    const next = halvings(group[0]!, group[1]!);
    const reached = (await accuracies(group, next)).findIndex((accuracy) => accuracy <= 0.5);
    if (reached >= 0) {
      const low = scan[from + reached - 1] ?? 0;
      // Bisecting would not end before 0.
      if (low === 0 && (await accuracies([0], next))[0]! <= 0.5) return 0;
      return await bisect(low, group[reached]!, accuracies);
    }
  }
  return null;
}

async function bisect(
  low: number,
  high: number,
  accuracies: (epsilons: readonly number[], left: number) => Promise<number[]>,
): Promise<number> {
  while (high - low > tolerance * high) {
    const middle = (low + high) / 2;
    const [accuracy] = await accuracies([middle], halvings(low, high) - 1);
    if (accuracy! <= 0.5) high = middle;
    else low = middle;
  }
  return high;
}

/** About how many times an interval is halved until it is as short as the tolerance. */
function halvings(low: number, high: number): number {
  return Math.ceil(Math.log2((high - low) / (tolerance * high)));
}

/** The largest number of the first block of inputs; of all inputs where they are in memory. */
async function largestInput(split: AnySplit): Promise<number> {
  for await (const { images } of blocksOf(split)) {
    return images.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
  }
  return 0;
}
