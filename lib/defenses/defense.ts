import type { Rows } from "../compute/predict_routine.ts";
import type { Engine, RunShards } from "../engine/engine.ts";
import type { Arrays } from "../engine/executable.ts";
import type { Network } from "../networks/network.ts";

/** A worker's part of one training step: rows `from` to `to` of a batch. Arrays are in shared memory where threads read them. */
export interface ShardOfStep extends Rows {
  /** The classes of the batch, [batch]. */
  readonly labels: Uint16Array;
  /** The key of the step's random numbers: dropout's masks are drawn from it and a sample's row. */
  readonly key?: readonly (number | string)[];
  /** The size of the whole batch, N. */
  readonly batch: number;
}

/** A shard's contribution to a step. */
export interface ShardGradient {
  /**
   * Its part of the gradient of the objective, by parameter, and of the means that measured buffers follow. Of the shards that other
   * processes compute, the first one has the sum and the others have no arrays.
   */
  readonly gradients: Arrays;
  /** Whether all of its gradient's numbers are finite. */
  readonly finite: boolean;
  /** Its part of the mean cross-entropy. */
  readonly loss: number;
  /** Its part of the regulariser, lambda and 1/N included; 0 for a defense without one. */
  readonly regularizer: number;
  /** Samples predicted right. */
  readonly correct: number;
  /** The number of (sample, iteration) pairs of the attack, for samples that were predicted right and for the others. */
  readonly active: readonly [correct: number, wrong: number];
}

/** The parts of a step's gradient, from all shards. */
export function gradientsOf(parts: readonly ShardGradient[]): Arrays[] {
  return parts.map(({ gradients }) => gradients).filter((one) => Object.keys(one).length > 0);
}

/** Changes the weights after a step of the optimiser, in place. Its random numbers depend on the step only. */
export type Projection = (
  weights: Arrays,
  step: { readonly seed: number; readonly epoch: number; readonly step: number },
) => Promise<void>;

/** A way to train: it defines the gradient of a step. The training loop takes one. */
export interface Defense {
  /** Its settings, as results record them. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Loads its routine into an engine's workers. */
  readonly load: (
    engine: Engine,
    network: Network,
  ) => Promise<RunShards<ShardOfStep, ShardGradient>>;
  /** Adversarial examples, one per training input, in their order: every second sample of a batch is taken from here. */
  readonly examples?: Float32Array;
  /** Prepares the projection applied to the weights after each step, if the defense has one. */
  readonly projection?: (engine: Engine, network: Network) => Promise<Projection>;
}
