import type { Weights } from "../networks/weights.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import type { StepRow } from "../training/train.ts";

/** The measurements of an epoch. */
export interface DefendEpoch {
  /** The epoch, from 1; 0 is the original model. */
  readonly epoch: number;
  /** Mean cross-entropy over its steps; null for epoch 0, like the next three. */
  readonly loss: number | null;
  /** Mean regulariser over its steps, lambda included. */
  readonly regularizer: number | null;
  /** Share of the training images that were predicted right before their steps. */
  readonly trainAccuracy: number | null;
  /** The learning rate. */
  readonly learningRate: number | null;
  /** Share of the held-out images that are predicted right after it. */
  readonly accuracy: number;
  /** rho_2 of the attacked held-out images after it; null where no image has a ratio. */
  readonly rho2: number | null;
}

/** Sums over the steps of the current epoch. */
export interface StepSums {
  /** How many steps. */
  readonly steps: number;
  /** The sum of the batches' mean cross-entropies. */
  readonly loss: number;
  /** The sum of the regularisers, lambda included. */
  readonly regularizer: number;
  /** The sum of the shares of the batches that were predicted right. */
  readonly trainAccuracy: number;
}

/** The state of a run of `defend`. */
export interface DefendState {
  /** The learning rate before it is halved, given or chosen. */
  readonly learningRate: number;
  /** How often training has begun again with a smaller one, since no epoch was kept. */
  readonly retries: number;
  /** The measured epochs, 0 first. */
  readonly epochs: readonly DefendEpoch[];
  /** The sums of the current epoch. */
  readonly sums: StepSums;
  /** The weights of the epoch that is kept so far. */
  readonly best: Weights;
  /** The training's own state. */
  readonly checkpoint: Checkpoint;
}

/** The sums of no steps. */
export const noSteps: StepSums = { steps: 0, loss: 0, regularizer: 0, trainAccuracy: 0 };

/** The sums with one more step. */
export function withStep(sums: StepSums, row: StepRow): StepSums {
  return {
    steps: sums.steps + 1,
    loss: sums.loss + row.loss,
    regularizer: sums.regularizer + row.regularizer,
    trainAccuracy: sums.trainAccuracy + row.train_accuracy,
  };
}

/** The rounding error that comparisons of accuracies tolerate. */
const rounding = 1e-9;

/**
 * The epoch to keep: the one with the largest rho_2 among those that lose no more accuracy than allowed.
 * The start itself is one of them.
 *
 * @param epochs The measured epochs, 0 first.
 * @param accuracyLoss The allowed loss, in 0..1.
 * @returns The epoch's number.
 */
export function keptEpoch(epochs: readonly DefendEpoch[], accuracyLoss: number): number {
  const [start, ...others] = epochs as [DefendEpoch, ...DefendEpoch[]];
  const least = start.accuracy - accuracyLoss - rounding;
  return others.filter(({ accuracy }) => accuracy >= least)
    .reduce((best, one) => (one.rho2 ?? 0) > (best.rho2 ?? 0) ? one : best, start).epoch;
}
