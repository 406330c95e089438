import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { zerosLike } from "../../lib/defenses/step/gradient_sum.ts";
import { gradientsOf, type ShardGradient, type ShardOfStep } from "../../lib/defenses/defense.ts";
import type { Engine, RunShards } from "../../lib/engine/engine.ts";
import { releaseAll } from "../../lib/engine/release.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { sgd } from "../../lib/training/sgd.ts";
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

/** Runs the first batches of the training set, of `batch` samples each, through a step each. */
export type RunSteps = (batch: number, batches: number) => Promise<TimedStep[]>;

/** Prepares steps that do not move the weights. Weights and momentum take memory once, as in training. */
export function timedSteps(
  run: RunShards<ShardOfStep, ShardGradient>,
  { engine, network, weights: start, train }: Bench,
): RunSteps {
  const weights = arraysOf(start);
  const moved = trainedNames(network).map((name) => [name, weights[name]!] as const);
  const velocity = zerosLike(Object.fromEntries(moved));
  const images = shared(train.images);
  const length = train.images.length / train.count;
  const { update } = sgd();
  return async (batch, batches) => {
    const steps: TimedStep[] = [];
    for (let at = 0; at < batches; at++) {
      const [from, to] = [at * batch, (at + 1) * batch];
      const rows = {
        weights,
        batch,
        images: images.subarray(from * length, to * length),
        labels: train.labels.subarray(from, to),
      };
      const shares = shards(batch, engine.workers).map((shard) => ({ ...rows, ...shard }));
      const started = performance.now();
      const parts = await run(shares);
      const gradients = gradientsOf(parts);
      update(weights, velocity, gradients, 0);
      releaseAll(gradients);
      steps.push({ ms: performance.now() - started, active: activeOf(parts) });
    }
    return steps;
  };
}

/** The (sample, iteration) pairs of all shares together. */
export function activeOf(parts: readonly ShardGradient[]): [number, number] {
  return [0, 1].map((i) => parts.reduce((sum, { active }) => sum + active[i]!, 0)) as [
    number,
    number,
  ];
}
