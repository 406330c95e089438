import { inputLength } from "../attacks/chunk_size.ts";
import { checkImages } from "../data/check_images.ts";
import type { Split, StreamedSplit } from "../data/dataset.ts";
import { random } from "../data/random.ts";
import { clean } from "../defenses/clean.ts";
import type { Defense, ShardGradient, ShardOfStep } from "../defenses/defense.ts";
import type { Engine, Loaded } from "../engine/engine.ts";
import { allFinite } from "../engine/finite.ts";
import { shards } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import { checkFinite, checkWeights, type Weights } from "../networks/weights.ts";
import type { Arrays } from "../attacks/deepfool_search.ts";
import { batchesOf } from "./batches.ts";
import { type Checkpoint, copyOf, startOf } from "./checkpoint.ts";
import { sgdStep } from "./sgd.ts";

/** What one optimiser step did. */
export interface StepRow {
  /** The epoch, from 0. */
  readonly epoch: number;
  /** The step within the epoch, from 0. */
  readonly step: number;
  /** Mean cross-entropy of the batch before the step. */
  readonly loss: number;
  /** The regulariser, lambda included; 0 for a defense without one. */
  readonly regularizer: number;
  /** The learning rate. */
  readonly lr: number;
  /** Share of the batch that was predicted right before the step. */
  readonly train_accuracy: number;
  /** Attack iterations, summed over the batch. */
  readonly attack_iterations: number;
  /** Wall-clock time, milliseconds. */
  readonly ms: number;
}

/** How to train. */
export interface TrainOptions {
  /** What the gradient of a step is; clean training unless said otherwise. */
  readonly defense?: Defense;
  /** How many times the training set is gone through. */
  readonly epochs: number;
  /** The learning rate of every epoch. */
  readonly learningRates: readonly number[];
  /** Samples in a step's batch. */
  readonly batch?: number;
  /** The optimiser's momentum. */
  readonly momentum?: number;
  /** The optimiser's weight decay. */
  readonly weightDecay?: number;
  /** What the learning rate of a parameter is multiplied with, by name; 1 where left out. */
  readonly rateMultipliers?: Readonly<Record<string, number>>;
  /** Whether each batch is flipped left to right, all of it, with a probability of a half; for images, [..., H, W]. */
  readonly flips?: boolean;
  /** Names the order of the samples, which batches are flipped, and the masks of dropout. */
  readonly seed?: number;
  /** Where to start: parameters, or a checkpoint to go on from to the same bits. */
  readonly start: Checkpoint | Weights;
  /** Called after every step; `checkpoint` copies the state behind it. */
  readonly onStep?: (row: StepRow, checkpoint: () => Checkpoint) => void | Promise<void>;
  /** Called after every epoch with its number, from 0, and the state behind it. */
  readonly onEpoch?: (epoch: number, checkpoint: Checkpoint) => void | Promise<void>;
  /** Stops the run after a step. */
  readonly signal?: AbortSignal;
}

/** Training that left the finite numbers, though it was given none but these. Checkpoints from before the step are good. */
export class DivergedError extends Error {
  /** The error's name. */
  override name = "DivergedError";

  /** Says at which epoch and step, both from 0. */
  constructor(readonly epoch: number, readonly step: number, loss: number, regularizer: number) {
    super(
      `training diverged in epoch ${epoch}, step ${step}: expected a finite loss, gradient and weights, got the loss ${loss} and the regulariser ${regularizer}; ` +
        "a lower learning rate or lambda may help",
    );
  }
}

/**
 * Trains a network with stochastic gradient descent. A run with the same seed, start, engine and settings gives the same
 * bits, also when it goes on from a checkpoint of itself.
 *
 * @param split The training set.
 * @returns The parameters after the last epoch.
 * @throws DivergedError when the loss, the gradient or the weights after a step are not finite; UserError when an image or
 * a tensor to start from is not; the signal's reason when it aborts.
 */
export async function train(
  engine: Engine,
  network: Network,
  split: Split | StreamedSplit,
  options: TrainOptions,
): Promise<Weights> {
  const {
    defense = clean(),
    epochs,
    learningRates,
    batch = 100,
    momentum = 0.9,
    weightDecay = 5e-4,
    rateMultipliers = {},
    flips = false,
    seed = 0,
    signal,
  } = options;
  if (learningRates.length !== epochs) {
    throw new UserError(
      `training ${network.name}: expected a learning rate for each of ${epochs} epochs, got ${learningRates.length}`,
    );
  }
  checkMultipliers(network, rateMultipliers);
  const { weights, velocity, ...begin } = beginning(network, options.start);
  if ("images" in split) {
    checkImages({ ...split, length: inputLength(network), doing: `training ${network.name}` });
  }
  const run = await defense.load(engine, network);
  const project = await defense.projection?.(engine, network);
  const flippedWidth = network.inputShape.at(-1)!;
  for (let epoch = begin.epoch; epoch < epochs; epoch++) {
    const settings = {
      learningRate: learningRates[epoch]!,
      momentum,
      weightDecay,
      rateMultipliers,
    };
    const from = epoch === begin.epoch ? begin.step : 0;
    for await (const { step, ...samples } of batchesOf(split, { batch, seed, epoch, from })) {
      signal?.throwIfAborted();
      const started = performance.now();
      const parts = await gradientOf(run, engine.workers, {
        ...samples,
        weights: dataOf(weights),
        key: [seed, epoch, step],
        ...(flips && random("flip", seed, epoch, step)() < 0.5 ? { flippedWidth } : {}),
      });
      const row = summed(parts, samples.indices.length);
      const gradients = parts.map((part) => part.gradients);
      const diverged = () => new DivergedError(epoch, step, row.loss, row.regularizer);
      if (!Number.isFinite(row.loss + row.regularizer) || !parts.every(({ finite }) => finite)) {
        throw diverged();
      }
      sgdStep(dataOf(weights), dataOf(velocity), gradients, settings);
      await project?.(dataOf(weights), { seed, epoch, step });
      if (!Object.values(dataOf(weights)).every(allFinite)) throw diverged();
      const ms = performance.now() - started;
      const state = { epoch, step: step + 1, weights, velocity };
      await options.onStep?.(
        { epoch, step, lr: settings.learningRate, ms, ...row },
        () => copyOf(state),
      );
    }
    await options.onEpoch?.(epoch, copyOf({ epoch: epoch + 1, step: 0, weights, velocity }));
  }
  return weights;
}

function beginning(network: Network, start: Checkpoint | Weights): Checkpoint {
  const given = isCheckpoint(start) ? start.weights : start;
  const weights = checkWeights(given, network.parameters, `training ${network.name}`);
  checkFinite(weights, `training ${network.name}`);
  const state = isCheckpoint(start) ? start : startOf(weights, trainedNames(network));
  return copyOf({ ...state, weights });
}

function checkMultipliers({ name, parameters }: Network, multipliers: object): void {
  const other = Object.keys(multipliers).find((parameter) => !(parameter in parameters));
  if (other === undefined) return;
  throw new UserError(
    `training ${name}: expected rate multipliers of its parameters (${
      Object.keys(parameters).join(", ")
    }), got ${other}`,
  );
}

function isCheckpoint(start: Checkpoint | Weights): start is Checkpoint {
  return typeof start.epoch === "number";
}

/** The parts of a step's gradient, one a worker, in the workers' order. */
function gradientOf(
  run: Loaded<ShardOfStep, ShardGradient>,
  workers: number,
  step: Omit<ShardOfStep, "batch">,
): Promise<ShardGradient[]> {
  const batch = step.indices.length;
  return run(
    shards(batch, workers).map(({ from, to }) => ({
      ...step,
      indices: step.indices.slice(from, to),
      batch,
    })),
  );
}

function summed(parts: readonly ShardGradient[], batch: number) {
  const total = (value: (part: ShardGradient) => number) =>
    parts.reduce((sum, part) => sum + value(part), 0);
  return {
    loss: total(({ loss }) => loss),
    regularizer: total(({ regularizer }) => regularizer),
    train_accuracy: total(({ correct }) => correct) / batch,
    attack_iterations: total(({ active }) => active[0] + active[1]),
  };
}

function dataOf(weights: Weights): Arrays {
  return Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data]));
}
