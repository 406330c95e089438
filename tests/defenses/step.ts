import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import type { Split } from "../../lib/data/dataset.ts";
import type { Defense, ShardGradient } from "../../lib/defenses/defense.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { type Network, trainedNames } from "../../lib/networks/network.ts";
import { smallSplit, smallWeights } from "../small_problem.ts";

/** Samples in the batch that steps are taken on. */
export const batch = 40;

/** The batch. */
export const split = smallSplit(batch, "deep defense");

/** What names the step's random numbers. */
export const key = [7, 1, 2];

/** A step's gradient, as the training loop asks for it: the sum over the workers' shares. */
export async function step(
  engine: Engine,
  network: Network,
  defense: Defense,
  { images, labels }: Pick<Split, "images" | "labels"> = split,
  weights = smallWeights(network, "step"),
) {
  const run = await defense.load(engine, network);
  const count = labels.length;
  const data = {
    weights: arraysOf(weights),
    images: shared(images),
    labels,
    batch: count,
    key,
  };
  const parts = await run(
    shards(count, engine.workers).map((shard) => ({ ...data, ...shard })),
  );
  const total = (value: (part: ShardGradient) => number) =>
    parts.reduce((sum, part) => sum + value(part), 0);
  const gradients = trainedNames(network).map((name) => {
    const sums = parts.map((part) => part.gradients[name]!);
    return [name, sums[0]!.map((_, i) => sums.reduce((sum, part) => sum + part[i]!, 0))] as const;
  });
  return {
    loss: total(({ loss }) => loss),
    regularizer: total(({ regularizer }) => regularizer),
    active: total(({ active }) => active[0] + active[1]),
    gradients: Object.fromEntries(gradients),
  };
}

/** Gradients by parameter. */
export type Gradients = Readonly<Record<string, ArrayLike<number>>>;

/** ||actual - expected|| / ||expected|| over all parameters. */
export function relativeError(actual: Gradients, expected: Gradients): number {
  let [error, length] = [0, 0];
  for (const [name, values] of Object.entries(expected)) {
    for (let i = 0; i < values.length; i++) {
      error += (actual[name]![i]! - values[i]!) ** 2;
      length += values[i]! ** 2;
    }
  }
  return Math.sqrt(error / length);
}

/** a - b. */
export function difference(a: Gradients, b: Gradients): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(a).map(([name, values]) => [
      name,
      Float64Array.from(values, (value, i) => value - b[name]![i]!),
    ]),
  );
}
