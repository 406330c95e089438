import { type Dataset, firstImages, type StreamedDataset } from "../data/dataset.ts";
import type { ImageScale } from "../data/imagenet.ts";
import { validationOf } from "../data/validation.ts";
import { createEngine } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import { checksumOf } from "../experiments/checksums.ts";
import type { Context } from "../experiments/context.ts";
import { DamagedError } from "../experiments/damage.ts";
import { makeFolder, readIfThere, removeParts } from "../experiments/files.ts";
import { finishedRuns } from "../experiments/finished_runs.ts";
import { gapsIn, stateOf } from "../experiments/job_state.ts";
import type { Job, WeightsFile } from "../experiments/jobs.ts";
import { type LeftOut, recordLeftOut } from "../experiments/left_out.ts";
import { waitForLock } from "../experiments/lock.ts";
import { type Plan, planOf, reasonsForNone } from "../experiments/plan.ts";
import type { RunConfig } from "../experiments/run_folder.ts";
import { describe, needsOf, runJobs } from "../experiments/runner.ts";
import { checkTables, writeTables } from "../experiments/tables.ts";
import type { Table1Row } from "../experiments/rows.ts";
import type { Finished } from "../experiments/tables/finished.ts";
import { table1Rows } from "../experiments/tables/table1.ts";
import { timeLeft } from "../experiments/time_left.ts";
import { networkFor } from "../networks/by_name.ts";
import { imageScaleOf } from "../networks/image_scale.ts";
import type { Network } from "../networks/network.ts";
import { checkWeights, decodeSafetensors } from "../networks/weights.ts";
import { Interrupted, interruption } from "./interruption.ts";
import { loadShown, type Shown } from "./load_shown.ts";
import { imageScaleFor } from "./model_file.ts";
import { progressOnStderr } from "./progress.ts";
import { writeReport } from "./report.ts";
import { resultLine } from "./result_line.ts";
import { help, readOptions, type ReproduceOptions } from "./reproduce_options.ts";
import { seedsOf } from "./result_sections.ts";
import { textTable } from "./text_table.ts";
import { noteOf, readUnknown } from "./unknown_network.ts";

/** `reproduce`: runs experiments and writes their tables and report. Returns the exit code. */
export async function reproduce(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  const { profile } = options;
  const datasets = await datasetsOf(options);
  const datasetOf = (name: string) => datasets.get(imageScaleOf(name))!.dataset;
  const dataset = datasetOf(options.networks[0]!);
  const unknown = options.unknown && await readUnknown(options.unknown, dataset);
  if (options.unknown) console.error(`note: ${noteOf(options.unknown, dataset.title)}`);
  const networks = new Map(
    options.networks.map((
      name,
    ) => [name, unknown?.model.network ?? networkFor(name, datasetOf(name))]),
  );
  const weights = unknown?.weights ?? await weightsOf(options, networks);
  await using engine = await createEngine(options.engine);
  const plan = planOf({ ...options, weights }, { dataset, engine });
  const folderOf = (job: Job) => `${options.out}/runs/${job.id}`;
  if (plan.jobs.length === 0) {
    const reasons = reasonsForNone({ ...options, weights }).join("; ");
    throw new UserError(`planning the jobs: expected at least one, got none: ${reasons}`, 2);
  }
  if (options.list) return await list(plan.jobs, folderOf, options);
  await makeFolder(options.out);
  await checkTables(options.out);
  return await run(plan, options, {
    engine,
    dataset,
    datasetOf,
    epochTestImages: Math.min(profile.epochTestImages ?? Infinity, dataset.test.count),
    validation: once(() => validationOf(dataset)),
    networkOf: (name) => networks.get(name)!,
    ...(unknown ? { reference: unknown.model.weights } : {}),
    folderOf,
    recordLeftOut: (out) => recordLeftOut(out, dataset.checksum, leftOutOf([...datasets.values()])),
  });
}

/** What was left out of datasets so far. */
function leftOutOf(shown: readonly Shown[]): LeftOut {
  return new Map(shown.flatMap(({ leftOut }) => [...leftOut]));
}

/** Every plan trains. */
function checkTraining({ train, title }: Dataset | StreamedDataset): void {
  if (train.count > 0) return;
  throw new UserError(
    `reproducing on ${title}: expected training images, got none: it has no images in train/; ` +
      "attack and export need none",
  );
}

/** The dataset as the networks take it, by what they take in place of pixels. */
async function datasetsOf(
  { networks, profile, unknown, ...wanted }: ReproduceOptions,
): Promise<Map<ImageScale, Shown>> {
  const datasets = new Map<ImageScale, Shown>();
  const size = unknown && await imageScaleFor(unknown.path, wanted.dataset);
  for (const network of networks) {
    const scale = imageScaleOf(network);
    if (datasets.has(scale)) continue;
    const { dataset, leftOut } = await loadShown(
      { ...wanted, size, pixels: Boolean(unknown) },
      network,
    );
    checkTraining(dataset);
    const { trainImages: train, testImages: test } = profile;
    datasets.set(scale, { dataset: firstImages(dataset, { train, test }), leftOut });
  }
  return datasets;
}

/** Checks the file of --weights before anything is run. */
async function weightsOf(
  { weightsFile: path, networks: [name] }: ReproduceOptions,
  networks: ReadonlyMap<string, Network>,
): Promise<WeightsFile | undefined> {
  if (!path) return undefined;
  const bytes = await readIfThere(path);
  if (!bytes) {
    throw new UserError(`reading --weights: expected a safetensors file, but there is no ${path}`);
  }
  checkWeights(decodeSafetensors(bytes, path).weights, networks.get(name!)!.parameters, path);
  return { path, sha256: checksumOf(bytes) };
}

/** Every n-th job from the i-th, with the jobs that these need. */
function partOf(jobs: readonly Job[], { i, n }: ReproduceOptions["part"]): Job[] {
  const wanted = new Set<string>();
  const want = (job: Job) => {
    wanted.add(job.id);
    needsOf(job).forEach(want);
  };
  jobs.filter((_, index) => index % n === i - 1).forEach(want);
  return jobs.filter(({ id }) => wanted.has(id));
}

async function list(
  jobs: readonly Job[],
  folderOf: (job: Job) => string,
  { json, part }: ReproduceOptions,
): Promise<number> {
  const listed = partOf(jobs, part);
  for (const job of listed) {
    const [index, state] = [jobs.indexOf(job) + 1, await stateOf(job, folderOf)];
    console.log(
      json
        ? JSON.stringify({ index, id: job.id, state, settings: job.settings })
        : `${index}  ${job.id}  ${state.padEnd(11)}  ${describe(job)}`,
    );
  }
  if (listed.length === 0) {
    console.error(`part ${part.i} of ${part.n} has no job: there are ${jobs.length}`);
  }
  return 0;
}

/** What jobs and reports are made with. */
interface Workplace extends Context {
  /** Writes down, in the experiment's folder, what was left out of the dataset so far; returns all of it. */
  readonly recordLeftOut: (out: string) => Promise<LeftOut>;
}

type Place = Omit<Workplace, "checkpointSeconds" | "onProgress" | "onNotice" | "signal">;

/** A value that is made at the first call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

async function run(plan: Plan, options: ReproduceOptions, place: Place): Promise<number> {
  const { out, profile, part } = options;
  using interrupt = interruption();
  const view = progressOnStderr();
  const jobs = partOf(plan.jobs, part);
  let known: ReadonlyMap<string, RunConfig> = await finishedRuns(jobs, place);
  const before = jobs.filter(({ id }) => known.has(id)).length;
  if (before > 0 && before < jobs.length) {
    view.tell(`${before} of ${jobs.length} jobs ended before`);
  }
  const endedWith = (job: Job) => jobs.filter(({ id }) => id === job.id || known.has(id)).length;
  const context: Workplace = {
    ...place,
    checkpointSeconds: 60,
    onProgress: ({ job, phase, ...progress }) =>
      view.show({
        name: `[${endedWith(job)}/${jobs.length}] ${describe(job)}: ${phase}`,
        behind: (seconds) => timeLeft(jobs, known, { job, seconds }),
        ...progress,
      }),
    onNotice: view.tell,
    signal: interrupt.signal,
  };
  try {
    const { configs, diverged } = await runJobs(jobs, context, {
      profile: profile.name,
      onFinished: async (job, config) => {
        view.tell(resultLine(job, config, { count: endedWith(job), total: jobs.length }));
        known = (await publish(plan, new Map(), options, context)).finished.configs;
      },
      wait: part.n > 1,
    });
    view.end();
    const { finished, gaps } = await publish(plan, configs, options, context, writeReport);
    conclude(finished, options);
    diverged.forEach((job) => view.tell(`diverged: ${describe(job)} (${job.id})`));
    if (gaps) view.tell(`${gaps}; give the command again when other processes have ended`);
    return diverged.length > 0 || gaps ? 1 : 0;
  } catch (error) {
    view.end();
    if (error instanceof DamagedError) throw withAdvice(error);
    if (!(error instanceof Interrupted)) throw error;
    await context.recordLeftOut(out);
    view.tell(
      `interrupted: the state is saved in ${out}; give the same command again to go on`,
    );
    return 130;
  }
}

/** Says what to do about a file without a checksum, which was found damaged only when it was read. */
function withAdvice({ message }: DamagedError): UserError {
  return new UserError(`${message}; remove the run's folder, and it is computed again`);
}

/**
 * Writes the tables, and the report at the end, from all jobs that are finished, whichever process ran them. One process
 * writes at a time: the last one has seen all.
 */
async function publish(
  plan: Plan,
  configs: ReadonlyMap<string, RunConfig>,
  { out, experiments, profile }: ReproduceOptions,
  context: Workplace,
  report?: typeof writeReport,
): Promise<{ readonly finished: Finished; readonly gaps: string | undefined }> {
  using _ = await waitForLock(`${out}/lock`);
  await removeParts(out);
  const finished: Finished = {
    plan,
    configs: new Map([...configs, ...await finishedRuns(plan.jobs, context)]),
    experiments,
    dataset: context.dataset.id,
    profile: profile.name,
  };
  await writeTables(out, finished, context.folderOf);
  const gaps = await gapsIn(finished, context.folderOf);
  const leftOut = await context.recordLeftOut(out);
  await report?.(out, finished, { context, profile, gaps, leftOut });
  return { finished, gaps };
}

function conclude(finished: Finished, { json, out }: ReproduceOptions): void {
  const rows = table1Rows(finished);
  if (json) return rows.forEach((row) => console.log(JSON.stringify(row)));
  if (rows.length > 0) console.log(`\n${textTable(rows)}\n\n${legend(rows)}`);
  const count = withoutRatio(finished);
  if (count > 0) {
    console.log(
      `test images whose norm is 0: ${count}; they have no ratio, and ρ₂ leaves them out`,
    );
  }
  console.log(`the report is ${out}/report.html`);
}

/** What the printed table means. */
function legend(rows: readonly Table1Row[]): string {
  const isCompared = rows.some((row) => row.paper_accuracy !== null);
  return `ours, ${seedsOf(rows)}${isCompared ? "; under it the paper's figures" : ""}
ρ₂: DeepFool's perturbation over the image's norm, the mean of all test images
ε_ref: where FGS makes Deep Defense wrong on half of the test images`;
}

/** How many test images have no ratio: the same for every model. */
function withoutRatio({ configs }: Finished): number {
  const counts = Array.from(
    configs.values(),
    ({ result }) => (result as { without_ratio?: number } | undefined)?.without_ratio ?? 0,
  );
  return Math.max(0, ...counts);
}
