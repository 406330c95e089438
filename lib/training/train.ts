import { chunkSizes } from "../compute/chunk_size.ts";
import { checkSplit } from "../compute/check_inputs.ts";
import { arraysOf } from "../compute/run_in_blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import { clean } from "../defenses/clean.ts";
import { type Defense, gradientsOf, type ShardGradient } from "../defenses/defense.ts";
import type { Engine } from "../engine/engine.ts";
import type { Arrays } from "../engine/executable.ts";
import { allFinite } from "../engine/finite.ts";
import { releaseAll } from "../engine/release.ts";
import { shards } from "../engine/shared_memory.ts";
import { isFrom, isWhole, optionCheck } from "../engine/option_check.ts";
import { UserError } from "../engine/user_error.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import { checkFinite, checkWeights } from "../networks/check_weights.ts";
import type { Weights } from "../networks/weights.ts";
import { type Batch, batchesOf } from "./batches.ts";
import { checkCheckpoint, type Checkpoint, copyOf, type TrainingExtent } from "./checkpoint.ts";
import type { Optimizer } from "./optimizer.ts";
import { follow } from "./follow.ts";
import { sgd } from "./sgd.ts";

/** The figures of one optimiser step. */
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
  /** The defense, which defines the gradient of a step; clean training unless given. */
  readonly defense?: Defense;
  /** The number of passes over the training set. */
  readonly epochs: number;
  /** The learning rate of every epoch. */
  readonly learningRates: readonly number[];
  /** Samples per batch; 100 unless given. */
  readonly batch?: number;
  /** How gradients move the weights; {@link sgd} with its defaults unless given. */
  readonly optimizer?: Optimizer;
  /** Whether whole batches are flipped left to right, each with probability 1/2; for images, [..., H, W]; false unless given. */
  readonly flips?: boolean;
  /** The seed of the samples' order, the flips, and dropout's masks; 0 unless given. */
  readonly seed?: number;
  /** Where to start: parameters, or a checkpoint to resume from; the result is bit-identical. */
  readonly start: Checkpoint | Weights;
  /** Called after every step; `checkpoint` copies the state after it. */
  readonly onStep?: (row: StepRow, checkpoint: () => Checkpoint) => void | Promise<void>;
  /** Called after every epoch with its number, from 0, and the state after it. */
  readonly onEpoch?: (epoch: number, checkpoint: Checkpoint) => void | Promise<void>;
  /** Called after every step with the number of steps that are done, earlier runs' among them, and of all epochs' steps; nothing is unless given. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops the run after a step; nothing does unless given. */
  readonly signal?: AbortSignal;
}

/** Training that reached numbers that are not finite, from finite inputs. Checkpoints from before the step are good. */
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
 * Trains a network with stochastic gradient descent. A run with the same seed, start, engine and settings gives
 * bit-identical results, also when it resumes from one of its checkpoints.
 *
 * @param split The training set.
 * @returns The parameters after the last epoch.
 * @throws {UserError} when weights, a checkpoint or images do not fit the network or the schedule, or hold a number that is not
 * finite.
 * @throws {DivergedError} when the loss, the gradient or the weights after a step are not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example Train a classifier of points in the plane.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * const labels = Uint16Array.from({ length: 200 }, (_, i) => i % 2);
 * const images = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i) + (i % 4 < 2 ? 2 : -2));
 * const network = dd.defineNetwork({ name: "points", inputShape: [2], layers: dd.dense(2) });
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const weights = await dd.train(engine, network, { images, labels, count: 200 }, {
 *   start: network.init("my seed"),
 *   epochs: 2,
 *   learningRates: [0.1, 0.01],
 *   batch: 20,
 * });
 * console.log(await dd.predict(engine, { network, weights }, Float32Array.of(2, 2)));
 * ```
 */
export async function train(
  engine: Engine,
  network: Network,
  split: AnySplit,
  options: TrainOptions,
): Promise<Weights> {
  const {
    defense = clean(),
    epochs,
    learningRates,
    batch = 100,
    optimizer = sgd(),
    flips = false,
    seed = 0,
    signal,
  } = options;
  const doing = `training ${network.name}`;
  checkOptions(doing, network, options);
  checkSplit(doing, network, split);
  const extent = { epochs, steps: Math.ceil(split.count / batch) };
  const { weights, velocity, ...begin } = beginning(network, options.start, extent, optimizer);
  const state: State = { weights: arraysOf(weights), velocity: arraysOf(velocity) };
  const move = await loadStep(engine, network, defense, optimizer);
  const flippedWidth = flips ? network.inputShape.at(-1) : undefined;
  const examples = examplesFor(defense, split);
  for (let epoch = begin.epoch; epoch < epochs; epoch++) {
    const lr = learningRates[epoch]!;
    const from = epoch === begin.epoch ? begin.step : 0;
    const order = { batch, seed, epoch, from, flippedWidth, examples };
    for await (const samples of batchesOf(split, order)) {
      signal?.throwIfAborted();
      const { step } = samples;
      const row = await move(state, samples, lr, { seed, epoch, step });
      // Weights that are not finite show in the next step's loss; they are checked where there may be no next step.
      const checked = () => {
        const finite = Object.values(state.weights).every(allFinite);
        if (!finite) throw new DivergedError(epoch, step, row.loss, row.regularizer);
        return { weights, velocity };
      };
      if (step + 1 === extent.steps) checked();
      options.onProgress?.(epoch * extent.steps + step + 1, epochs * extent.steps);
      await options.onStep?.(row, () => copyOf({ epoch, step: step + 1, ...checked() }));
    }
    await options.onEpoch?.(epoch, copyOf({ epoch: epoch + 1, step: 0, weights, velocity }));
  }
  return weights;
}

/** The state that a step changes. */
interface State {
  readonly weights: Arrays;
  readonly velocity: Arrays;
}

/** The position of a step in a run. */
interface Place {
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
}

/** Prepares training steps: the gradient of a batch over the engine's threads, the optimiser, and the projection. */
async function loadStep(
  engine: Engine,
  network: Network,
  defense: Defense,
  optimizer: Optimizer,
): Promise<(state: State, batch: Batch, lr: number, place: Place) => Promise<StepRow>> {
  const run = await defense.load(engine, network);
  const project = await defense.projection?.(engine, network);
  const group = network.measured.length > 0 ? chunkSizes(network, engine).group : 1;
  return async ({ weights, velocity }, { images, labels }, lr, place) => {
    const { seed, epoch, step } = place;
    const started = performance.now();
    const batch = labels.length;
    const shared = { images, labels, weights, key: [seed, epoch, step], batch };
    const rows = shards(batch, engine.workers, group);
    const parts = await run(rows.map((some) => ({ ...shared, ...some })));
    const sums = summed(parts, batch);
    if (!Number.isFinite(sums.loss + sums.regularizer) || !parts.every(({ finite }) => finite)) {
      throw new DivergedError(epoch, step, sums.loss, sums.regularizer);
    }
    const gradients = gradientsOf(parts);
    optimizer.update(weights, velocity, gradients, lr);
    follow(network.measured, weights, gradients);
    releaseAll(gradients);
    await project?.(weights, place);
    return { epoch, step, lr, ms: performance.now() - started, ...sums };
  };
}

function checkOptions(
  doing: string,
  { inputShape }: Network,
  { epochs, learningRates, batch, seed, flips }: TrainOptions,
): void {
  const check = optionCheck(doing);
  check(isWhole(epochs, 0), "epochs a whole number from 0", epochs);
  check(
    learningRates.length === epochs,
    `a learning rate for each of ${epochs} epochs`,
    learningRates.length,
  );
  learningRates.forEach((rate) => check(isFrom(rate, 0), "learning rates in [0, inf)", rate));
  check(isWhole(batch ?? 1, 1), "batch a whole number from 1", batch);
  check(isWhole(seed ?? 0, -Infinity), "seed a whole number", seed);
  check(!flips || inputShape.length > 1, "images [..., H, W] to flip", `inputs [${inputShape}]`);
}

function beginning(
  network: Network,
  start: Checkpoint | Weights,
  extent: TrainingExtent,
  optimizer: Optimizer,
): Checkpoint {
  const given = isCheckpoint(start) ? start.weights : start;
  const weights = checkWeights(given, network.parameters, `training ${network.name}`);
  checkFinite(weights, `training ${network.name}`);
  const trained = trainedNames(network).map((name) => [name, weights[name]!] as const);
  const velocity = optimizer.init(Object.fromEntries(trained));
  if (isCheckpoint(start)) return copyOf(checkCheckpoint(start, network, extent));
  return copyOf({ epoch: 0, step: 0, weights, velocity });
}

/** A defense's examples, one for every training image. */
function examplesFor(
  { examples }: Defense,
  split: AnySplit,
): Float32Array | undefined {
  const length = "images" in split ? split.images.length : undefined;
  if (examples && examples.length !== length) {
    throw new UserError(
      `training on examples: expected one for each of ${split.count} training images in memory, got ${examples.length} numbers`,
    );
  }
  return examples;
}

function isCheckpoint(start: Checkpoint | Weights): start is Checkpoint {
  return typeof start.epoch === "number";
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
