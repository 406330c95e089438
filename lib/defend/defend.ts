import { checkSplit } from "../compute/check_inputs.ts";
import { deepDefense } from "../defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../defenses/defense.ts";
import type { Engine } from "../engine/engine.ts";
import { isFrom, isWhole, optionCheck } from "../engine/option_check.ts";
import { UserError } from "../engine/user_error.ts";
import { leastAccuracy } from "../metrics/least_accuracy.ts";
import type { Model } from "../networks/model.ts";
import { trainedNames } from "../networks/network.ts";
import { chooseRate } from "./choose_rate.ts";
import type { DefendOptions, DefendStart } from "./defend_options.ts";
import { type DefendEpoch, type DefendState, keptEpoch } from "./defend_state.ts";
import { type HeldOutMeasures, heldOutMeasures } from "./held_out.ts";
import { type DefendDataset, type HeldOut, holdOut } from "./hold_out.ts";
import { cFor, startNorms } from "./start_norms.ts";
import { beginning, type EpochsOptions } from "./train_epochs.ts";
import { hasEnded, trainWithRetries } from "./train_with_retries.ts";

/** A model that was hardened, and how. */
export interface Defended<D extends DefendDataset = DefendDataset> {
  /** The model after the epoch that is kept. */
  readonly model: Model;
  /** That epoch, from 1; 0 is the original model: no epoch resists more without losing too much accuracy. */
  readonly kept: number;
  /** The measurements of every epoch on the images that are held out, 0 first. */
  readonly epochs: readonly DefendEpoch[];
  /** How often training began again with a smaller learning rate because no epoch was kept. `epochs` holds the last training only. */
  readonly retries: number;
  /** The dataset without the images that are held out: measure on its test images, which no choice depends on. */
  readonly dataset: D;
}

/**
 * Fine-tunes a model so that it resists perturbations, and keeps the epoch that resists most without losing accuracy, as
 * images that are held out say: half of the test images, or training images where there are no others. The other test images are not
 * looked at. Statistics of batch normalisations stay as they are. The same options, engine and number of workers give
 * bit-identical results, also when it resumes from a saved state.
 *
 * @param dataset Inputs as the model takes them: training images and, to choose on, test images.
 * @throws {UserError} when the model has no parameters to train, there are no training images, there are too few images to hold some
 * out, an option lies outside its range, the accuracy at the start is below twice chance, no learning rate is harmless, or model
 * and images do not fit.
 * @throws {DivergedError} when the loss, the gradient or the weights after a step are not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example Harden a classifier of points in the plane.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * const labels = Uint16Array.from({ length: 400 }, (_, i) => i % 2);
 * const images = Float32Array.from(
 *   { length: 800 },
 *   (_, i) => (labels[Math.floor(i / 2)] ? 6 : 2) + Math.sin(12.9898 * i * i),
 * );
 * const points = { train: { images, labels, count: 400 } };
 *
 * const layers = dd.serial({ hidden: dd.dense(8), relu: dd.relu(), logits: dd.dense(2) });
 * const network = dd.defineNetwork({ name: "points", inputShape: [2], layers });
 * await using engine = await dd.createEngine({ workers: 1 });
 * const weights = await dd.train(engine, network, points.train, {
 *   start: network.init("my seed"),
 *   epochs: 5,
 *   learningRates: [0.1, 0.1, 0.1, 0.1, 0.01],
 * });
 *
 * const { model, kept, epochs } = await dd.defend(engine, { network, weights }, points, {
 *   epochs: 2,
 *   learningRate: 1e-4,
 * });
 * console.log(kept, epochs, await dd.accuracy(engine, model, points.train));
 * ```
 */
export async function defend<D extends DefendDataset>(
  engine: Engine,
  model: Model,
  dataset: D,
  options: DefendOptions = {},
): Promise<Defended<D>> {
  const { epochs = 5, accuracyLoss = 0.005, from } = options;
  checkDefend(model, dataset, options);
  const { dataset: rest, held } = heldOutOf(dataset, options);
  checkSplit(`${doingOf(model)}, on images to choose on`, model.network, held);
  const start: DefendStart = { engine, model, train: rest.train };
  const settings = { ...options, epochs, accuracyLoss };
  const last = from && hasEnded(from, settings)
    ? from
    : await hardened(start, heldOutMeasures(start, held, options), settings);
  return {
    model: { network: model.network, weights: last.best },
    kept: keptEpoch(last.epochs, accuracyLoss),
    epochs: last.epochs,
    retries: last.retries,
    dataset: rest,
  };
}

function heldOutOf<D extends DefendDataset>(
  dataset: D,
  { chooseOn, heldOut }: DefendOptions,
): HeldOut<D> {
  if (typeof chooseOn === "object") return { dataset, held: chooseOn };
  return holdOut(dataset, {
    ...(chooseOn ? { chooseOn } : {}),
    ...(heldOut === undefined ? {} : { heldOut }),
  });
}

function doingOf({ network }: Pick<Model, "network">): string {
  return `defending ${network.name}`;
}

function checkDefend(
  model: Model,
  { train }: DefendDataset,
  { accuracyLoss = 0, chooseOn, heldOut, attacked = 1, epochs = 1 }: DefendOptions,
): void {
  const doing = doingOf(model);
  const check = optionCheck(doing);
  check(isWhole(epochs, 1), "epochs a whole number from 1", epochs);
  check(isFrom(accuracyLoss, 0) && accuracyLoss <= 1, "accuracyLoss in [0, 1]", accuracyLoss);
  const isOwn = typeof chooseOn === "object";
  check(!isOwn || heldOut === undefined, "no heldOut with images of your own", heldOut);
  check(isWhole(attacked, 1), "attacked a whole number from 1", attacked);
  if (train.count === 0) throw new UserError(`${doing}: expected training images, got none`);
  checkSplit(doing, model.network, train);
  if (trainedNames(model.network).length > 0) return;
  throw new UserError(`${doing}: expected a model with parameters to train, got none`);
}

/** Trains from the beginning, or from where an earlier run stopped. */
async function hardened(
  start: DefendStart,
  measures: HeldOutMeasures,
  options: EpochsOptions,
): Promise<DefendState> {
  const { from, accuracyLoss } = options;
  const { model } = start;
  const figures = from ? undefined : await measures.figures(model.weights, "measuring the start");
  if (figures) checkAccuracy(model, figures.accuracy);
  const defense = await defenseOf(start, options);
  if (!figures) return await trainWithRetries(start, defense, measures, options, from!);
  const learningRate = options.learningRate ??
    await chooseRate(start, defense, options, {
      accuracy: measures.accuracy,
      before: figures.accuracy,
      loss: accuracyLoss,
    });
  const state = beginning(model, { learningRate }, figures);
  return await trainWithRetries(start, defense, measures, options, state);
}

function checkAccuracy({ network }: Model, accuracy: number): void {
  const least = leastAccuracy(network.classes);
  if (accuracy >= least) return;
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  throw new UserError(
    `${doingOf({ network })}: expected an accuracy of at least ${
      percent(least)
    } on held-out images at the start, got ${
      percent(accuracy)
    }: the images, their scale or the order of the classes may not be the model's`,
  );
}

async function defenseOf(
  start: DefendStart,
  { defense, onProgress, signal }: DefendOptions,
): Promise<Defense> {
  const watch = (phase: string) => ({
    signal,
    onProgress: (done: number, total: number) => onProgress?.({ phase, done, total, note: "" }),
  });
  if (typeof defense === "function") return await defense(start, watch("preparing"));
  if (defense) return defense;
  const norms = await startNorms(start, watch("choosing c"));
  return deepDefense({ lambda: 15, c: cFor(norms), d: 5 });
}
