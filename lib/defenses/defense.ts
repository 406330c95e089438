import type { Engine, Loaded } from "../engine/engine.ts";
import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Network } from "../networks/network.ts";

/** A worker's share of one training step. Arrays are in shared memory where threads read them. */
export interface ShardOfStep {
  /** The parameters, by name. */
  readonly weights: Arrays;
  /** All training inputs, [count, ...inputShape]. */
  readonly images: Float32Array;
  /** Their classes, [count]. */
  readonly labels: Uint16Array;
  /** The samples of this share. */
  readonly indices: Uint32Array;
  /** Adversarial examples, [count, ...inputShape]: every second sample of the share is taken from here, if given. */
  readonly examples?: Float32Array;
  /** The width of the images, where all of the batch are flipped left to right; none is if left out. */
  readonly flippedWidth?: number;
  /** What names the random numbers of the step: the masks of dropout are drawn from it and a sample's index. */
  readonly key?: readonly (number | string)[];
  /** The size of the whole batch, N. */
  readonly batch: number;
}

/** What a share adds to a step. */
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

/** Changes the weights behind a step of the optimiser, in place. What it draws depends on nothing but the step. */
export type Projection = (
  weights: Arrays,
  step: { readonly seed: number; readonly epoch: number; readonly step: number },
) => Promise<void>;

/** A way to train: what the gradient of a step is. The training loop is given one. */
export interface Defense {
  /** Its identifier in flags, columns and files. */
  readonly name: string;
  /** Its settings, as they are recorded. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Makes its routine ready in an engine's workers. */
  readonly load: (engine: Engine, network: Network) => Promise<Loaded<ShardOfStep, ShardGradient>>;
  /** Makes ready what is done to the weights behind every step, if anything is. */
  readonly projection?: (engine: Engine, network: Network) => Promise<Projection>;
}
