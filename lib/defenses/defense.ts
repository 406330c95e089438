import type { Rows } from "../compute/predict_routine.ts";
import type { Engine, RunShards } from "../engine/engine.ts";
import type { Arrays } from "../engine/executable.ts";
import type { Network } from "../networks/network.ts";

/** A worker's part of one training step: rows `from` to `to` of a batch. Arrays are in shared memory where threads read them. */
export interface ShardOfStep extends Rows {
  /** The classes of the batch, [batch]. */
  readonly labels: Uint16Array;
  /** What names the random numbers of the step: the masks of dropout are drawn from it and a sample's row. */
  readonly key?: readonly (number | string)[];
  /** The size of the whole batch, N. */
  readonly batch: number;
}

/** What a shard adds to a step. */
export interface ShardGradient {
  /** Its part of the gradient of the objective, by parameter, in shared memory until the next step. */
  readonly gradients: Arrays;
  /** Whether all of its gradient's numbers are finite. */
  readonly finite: boolean;
  /** Its part of the mean cross-entropy. */
  readonly loss: number;
  /** Its part of the regulariser, lambda and 1/N included; 0 for a defense without one. */
  readonly regularizer: number;
  /** Samples predicted right. */
  readonly correct: number;
  /** (sample, iteration) pairs of the attack on samples that were predicted right, and on the others. */
  readonly active: readonly [correct: number, wrong: number];
}

/** Changes the weights after a step of the optimiser, in place. What it draws depends on nothing but the step. */
export type Projection = (
  weights: Arrays,
  step: { readonly seed: number; readonly epoch: number; readonly step: number },
) => Promise<void>;

/** A way to train: what the gradient of a step is. The training loop is given one. */
export interface Defense {
  /** Its settings, as they are recorded. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Makes its routine ready in an engine's workers. */
  readonly load: (
    engine: Engine,
    network: Network,
  ) => Promise<RunShards<ShardOfStep, ShardGradient>>;
  /** Adversarial examples, one per training input, in their order: every second sample of a batch is taken from here. */
  readonly examples?: Float32Array;
  /** Prepares the projection applied to the weights after each step, if the defense has one. */
  readonly projection?: (engine: Engine, network: Network) => Promise<Projection>;
}
