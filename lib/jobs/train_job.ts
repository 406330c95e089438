import { mean } from "d3-array";
import { pgd } from "../attacks/ascent/pgd.ts";
import { isLarge } from "../compute/chunk_size.ts";
import { readFirst } from "../data/blocks.ts";
import type { Defense } from "../defenses/defense.ts";
import { calibrate } from "../networks/calibrate.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import { readWeights } from "../networks/safetensors.ts";
import type { Weights } from "../networks/weights.ts";
import { checkCheckpoint, type Checkpoint } from "../training/checkpoint.ts";
import { sgd } from "../training/sgd.ts";
import { DivergedError, type StepRow, train } from "../training/train.ts";
import type { Row } from "../files/arrow.ts";
import type { Context } from "./context.ts";
import { modelInWords } from "./describe_model.ts";
import { believed, DamagedError } from "../files/damage.ts";
import { finalFigures, quickFigures } from "./evaluation.ts";
import type { TrainJob } from "./jobs.ts";
import type { Kind, Outcome, TrainResult } from "./kind.ts";
import { multipliersOf } from "./schedule.ts";
import {
  readCheckpoint,
  readRunWeights,
  saveCheckpoint,
  type Saved,
  writeAttacks,
  writeMetrics,
  writeModel,
} from "./run_folder.ts";

/** What a job does most of its time; before it a defense may be prepared, after it the network is attacked. */
const mainPhase = "training";

/** Trains a network and attacks it with DeepFool. */
export const trainKind: Kind<"train"> = {
  needs: ({ parent }) => parent ? [{ job: parent, file: "model" }] : [],
  describe: (job) => `${modelInWords(job)}${job.validation ? ", held-out images" : ""}`,
  work: ({ learningRates, epochWork }) => learningRates.length * epochWork + 1,
  mainPhase,
  run: runTrainJob,
};

/** Samples per batch, as in the authors' code. */
const batch = 100;

/**
 * Trains a job's network, from its checkpoint if there is one, and attacks it. Writes metrics.arrow,
 * model.safetensors and attacks.arrow.
 *
 * @throws {DivergedError} after metrics.arrow has been written.
 * @throws {unknown} the signal's reason, after the state has been saved.
 */
export async function runTrainJob(
  job: TrainJob,
  whole: Context,
): Promise<Outcome<TrainResult>> {
  const context = job.validation ? { ...whole, datasetOf: whole.validation } : whole;
  const folder = context.folderOf(job);
  const saved = await savedState(job, context);
  const rows: Row[] = [...saved?.rows ?? []];
  const begun = performance.now();
  const seconds = () => (saved?.durationSeconds ?? 0) + (performance.now() - begun) / 1000;
  const start = saved?.checkpoint ?? await beginning(job, context);
  if (rows.length === 0 && job.parent) rows.push(await epochRow(0, start as Weights, context, job));
  const defense = await defenseOf(job, context);
  const save = (checkpoint: Checkpoint) =>
    saveCheckpoint(folder, job.id, { checkpoint, rows, durationSeconds: seconds() });
  const weights = await trained(job, context, { start, defense }, rows, save).catch(
    async (error) => {
      if (error instanceof DivergedError) await writeMetrics(folder, rows);
      throw error;
    },
  );
  const { figures, attacks } = await finalFigures({ job, context, weights });
  const result = {
    ...figures,
    ...(job.validation ? { acc_pgd: await accuracyUnderPgd(weights, context, job) } : {}),
    ...(defense ? { defense: { ...defense.settings } } : {}),
  };
  await writeMetrics(folder, rows);
  await writeAttacks(folder, attacks);
  await writeModel(folder, weights, {
    network: job.network,
    method: job.method,
    seed: `${job.seed}`,
    run_id: job.id,
  });
  return { result, durationSeconds: seconds() };
}

/** The state to resume from. If it is damaged the training starts from the beginning, and a note says so. */
async function savedState(job: TrainJob, context: Context): Promise<Saved | undefined> {
  const { folderOf, networkOf, onNotice } = context;
  const extent = { epochs: job.learningRates.length, steps: stepsOf(job, context) };
  try {
    const saved = await readCheckpoint(folderOf(job), job.id);
    if (saved) believed(() => checkCheckpoint(saved.checkpoint, networkOf(job.network), extent));
    return saved;
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    onNotice(`${error.message}; the run starts again from the beginning`);
    return undefined;
  }
}

/** The defense that a network is fine-tuned with: it may depend on the network that it starts from. */
async function defenseOf(job: TrainJob, context: Context): Promise<Defense | undefined> {
  if (!job.defense) return undefined;
  const { engine, datasetOf, networkOf, signal } = context;
  const onProgress = (done: number, total: number) =>
    context.onProgress({ job, phase: "preparing", done, total });
  onProgress(0, 1);
  const weights = await beginning(job, context);
  const [network, dataset] = [networkOf(job.network), datasetOf(job.network)];
  const start = { engine, dataset, model: { network, weights }, signal, onProgress };
  return await job.defense(job.variation, start);
}

/** The number of images that buffers are measured on: each position of a large image counts as a measurement. */
function calibrationImages(network: Network): number {
  return isLarge(network) ? 50 : 1000;
}

/** The weights of the parent, of the file, or new ones, with buffers measured on training images unless training measures them. */
async function beginning(job: TrainJob, context: Context): Promise<Weights> {
  const { engine, datasetOf, networkOf, folderOf } = context;
  const network = networkOf(job.network);
  if (job.parent) return await readRunWeights(folderOf(job.parent), network);
  const path = job.weightsFile;
  if (!path) {
    if (job.sgd.statistics === "batch") return network.init(job.seed);
    const { images } = await readFirst(datasetOf(job.network).train, calibrationImages(network));
    return await calibrate(engine, { network, weights: network.init(job.seed) }, images);
  }
  return context.reference ?? await readWeights(path, network);
}

async function trained(
  job: TrainJob,
  context: Context,
  { start, defense }: { start: Checkpoint | Weights; defense: Defense | undefined },
  rows: Row[],
  save: (checkpoint: Checkpoint) => Promise<void>,
): Promise<Weights> {
  const { engine, datasetOf, networkOf, signal, checkpointSeconds, onProgress } = context;
  const epochs = job.learningRates.length;
  const steps = stepsOf(job, context);
  let savedAt = performance.now();
  let unsaved: (() => Checkpoint) | undefined;
  const onStep = async (row: StepRow, checkpoint: () => Checkpoint) => {
    rows.push(metricsRow(row));
    const note = `epoch ${row.epoch + 1} of ${epochs}, loss ${row.loss.toFixed(3)}${
      row.regularizer ? ` + ${row.regularizer.toFixed(3)}` : ""
    }, accuracy ${(100 * row.train_accuracy).toFixed(0)}%`;
    const done = row.epoch * steps + row.step + 1;
    onProgress({ job, ...progressOf(job, context, done), note });
    // The last step is saved before the epoch is measured: an interruption there loses nothing.
    const due = performance.now() - savedAt >= 1000 * checkpointSeconds || row.step + 1 === steps;
    unsaved = due || signal.aborted ? undefined : checkpoint;
    if (unsaved) return;
    await save(checkpoint());
    savedAt = performance.now();
  };
  const onEpoch = async (epoch: number, checkpoint: Checkpoint) => {
    rows.push(await epochRow(epoch + 1, checkpoint.weights, context, job));
    await save(checkpoint);
    savedAt = performance.now();
  };
  const network = networkOf(job.network, job.sgd.statistics);
  return await train(engine, network, datasetOf(job.network).train, {
    ...(defense ? { defense } : {}),
    start,
    epochs,
    batch,
    learningRates: job.learningRates,
    flips: job.sgd.flips ?? false,
    optimizer: optimizerOf(job, context),
    seed: job.seed,
    onStep,
    onEpoch,
    signal,
  }).catch(async (error) => {
    // On several ranks a step is cut short: the state is still that of the step before.
    if (signal.aborted && unsaved) await save(unsaved());
    throw error;
  });
}

/** The job's optimiser, with a rate multiplier for every trained parameter. */
function optimizerOf({ network, sgd: settings }: TrainJob, { networkOf }: Context) {
  const { weightDecay = 5e-4, rateMultipliers } = settings;
  const multipliers = rateMultipliers &&
    multipliersOf(trainedNames(networkOf(network)), rateMultipliers);
  return sgd({ weightDecay, ...(multipliers ? { rateMultipliers: multipliers } : {}) });
}

/** The optimiser steps of an epoch. */
function stepsOf({ network }: TrainJob, { datasetOf }: Context): number {
  return Math.ceil(datasetOf(network).train.count / batch);
}

function progressOf(job: TrainJob, context: Context, done: number) {
  return { phase: mainPhase, done, total: job.learningRates.length * stepsOf(job, context) };
}

function metricsRow({ epoch, step, loss, regularizer, lr, train_accuracy, ms }: StepRow): Row {
  return { epoch: epoch + 1, step, loss, regularizer, lr, train_accuracy, ms };
}

/** Accuracy and rho_2 after an epoch; a reference's rho_2 is measured at its end. */
async function epochRow(
  epoch: number,
  weights: Weights,
  context: Context,
  job: TrainJob,
): Promise<Row> {
  const started = performance.now();
  const progress = progressOf(job, context, epoch * stepsOf(job, context));
  const wanted = { rho2: job.parent !== undefined };
  const { accuracy, rho2 } = await quickFigures({ job, context, weights }, wanted, progress);
  return { epoch, step: null, test_accuracy: accuracy, rho2, ms: performance.now() - started };
}

/** The strengths of PGD in the maximum norm, used to choose settings. */
const searchEpsilons: readonly number[] = [10, 20, 30];

/** PGD's steps, and the number of held-out images that it attacks, the first ones. */
const searchAttack = { steps: 10, images: 2000 } as const;

/** The mean accuracy under PGD at several strengths, used to choose settings. */
async function accuracyUnderPgd(
  weights: Weights,
  { engine, datasetOf, networkOf }: Context,
  { network }: TrainJob,
): Promise<number> {
  const { steps, images } = searchAttack;
  const test = await readFirst(datasetOf(network).test, images);
  const accuracies: number[] = [];
  const model = { network: networkOf(network), weights };
  for (const epsilon of searchEpsilons) {
    const options = { labels: test.labels, epsilon, steps };
    const { fooled } = await pgd(engine, model, test.images, options);
    accuracies.push(1 - mean(fooled)!);
  }
  return mean(accuracies)!;
}
