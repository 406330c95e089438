import { arraysOf } from "../../lib/attacks/predict.ts";
import { zerosLike } from "../../lib/defenses/gradient_sum.ts";
import type { ShardGradient, ShardOfStep } from "../../lib/defenses/defense.ts";
import type { Engine, Loaded } from "../../lib/engine/engine.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { sgdStep } from "../../lib/training/sgd.ts";
import type { Problem } from "./problems.ts";

/** What steps are measured on. */
export interface Bench extends Omit<Problem, "test"> {
  readonly engine: Engine;
}

/** One step: how long it took, and the attack's (sample, iteration) pairs on samples predicted right and wrong. */
export interface TimedStep {
  readonly ms: number;
  readonly active: readonly [right: number, wrong: number];
}

/** Runs the first batches of the training set through a step each, without moving the weights. */
export async function timeSteps(
  run: Loaded<ShardOfStep, ShardGradient>,
  bench: Bench,
  batch: number,
  batches: number,
): Promise<TimedStep[]> {
  const { engine, train } = bench;
  const weights = arraysOf(bench.weights);
  const moved = trainedNames(bench.network).map((name) => [name, weights[name]!] as const);
  const velocity = zerosLike(Object.fromEntries(moved));
  const data = {
    weights,
    images: shared(train.images),
    labels: shared(train.labels),
    batch,
  };
  const settings = { learningRate: 0, momentum: 0.9, weightDecay: 5e-4 };
  const steps: TimedStep[] = [];
  for (let at = 0; at < batches; at++) {
    const shares = sharesOf(at, batch, engine.workers).map((indices) => ({ ...data, indices }));
    const started = performance.now();
    const parts = await run(shares);
    sgdStep(weights, velocity, parts.map(({ gradients }) => gradients), settings);
    steps.push({ ms: performance.now() - started, active: activeOf(parts) });
  }
  return steps;
}

/** The (sample, iteration) pairs of all shares together. */
export function activeOf(parts: readonly ShardGradient[]): [number, number] {
  return [0, 1].map((i) => parts.reduce((sum, { active }) => sum + active[i]!, 0)) as [
    number,
    number,
  ];
}

/** The samples of batch number `at`, shared out. */
export function sharesOf(at: number, batch: number, workers: number): Uint32Array[] {
  return shards(batch, workers).map(({ from, to }) =>
    Uint32Array.from({ length: to - from }, (_, i) => at * batch + from + i)
  );
}
