import { type Dataset, firstImages } from "../../data/dataset.ts";
import type { ImageScale } from "../../data/images/imagenet.ts";
import { validationOf } from "../../data/validation.ts";
import { noScale } from "../../data/scale.ts";
import { createEngine, type EngineOptions } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import { readFile } from "../../engine/read_file.ts";
import { checksumOf } from "../../files/checksums.ts";
import type { Context, TestPixels } from "../../jobs/context.ts";
import { DamagedError } from "../../files/damage.ts";
import { makeFolder, removeParts } from "../../files/files.ts";
import { finishedRuns } from "../../jobs/finished_runs.ts";
import { stateOf } from "../../jobs/job_state.ts";
import type { Job, JobId, WeightsFile } from "../../jobs/jobs.ts";
import { type LeftOut, recordLeftOut } from "../../jobs/left_out.ts";
import { waitForLock } from "../../files/lock.ts";
import { type Plan, planOf, reasonsForNone } from "../../experiments/plan.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { describe, needsOf } from "../../jobs/kinds.ts";
import { runJobs, type Summary } from "../../jobs/runner.ts";
import { checkTables, writeTables } from "../../experiments/tables.ts";
import type { Finished } from "../../experiments/experiment.ts";
import { writePlanned } from "../../results/planned.ts";
import type { Table1Row } from "../../results/results.ts";
import { seedsOf } from "../../plots/sections/seeds.ts";
import { type TimeLeft, timeLeft } from "../../jobs/time_left.ts";
import { networkFor } from "../../networks/by_name.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import type { Network } from "../../networks/network.ts";
import { readWeights } from "../../networks/safetensors.ts";
import type { Weights } from "../../networks/weights.ts";
import { tellOfScale } from "../shared/accuracy_by_scale.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { allJobs, type Choice, chosenJobs } from "./chosen_jobs.ts";
import { type Share, shareOf } from "./at_once/how_many.ts";
import { runAsked } from "./at_once/run_asked.ts";
import { runAtOnce } from "./at_once/run_at_once.ts";
import { loadShown, type ShownDataset } from "../shared/load_shown.ts";
import { progressOnStderr, type ProgressView } from "../shared/progress.ts";
import { gapsOf } from "../report/missing.ts";
import { readFolder, type ResultsFolder } from "../report/results_folder.ts";
import { picturedModels } from "../report/run_sections.ts";
import { warningsIn } from "../report/warnings.ts";
import { writeReport } from "../report/write_report.ts";
import { pictureModels } from "./picture_models.ts";
import { imageSideOf, notesOf } from "../shared/model_file.ts";
import { resultLine } from "./result_line.ts";
import { help, readOptions, type ReproduceOptions } from "./options.ts";
import { submitJobs } from "./submit_jobs.ts";
import { trainedModels } from "./trained_models.ts";
import { textTable } from "./text_table.ts";
import { noteOf, readUnknown } from "./unknown_network.ts";

/** `reproduce`: runs experiments and writes their tables and report. Returns the exit code. */
export async function reproduce(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<number> {
  const options = await readOptions(args, ranks);
  if (!options) {
    console.log(help);
    return 0;
  }
  const { profile, imageSize } = options;
  const datasets = await datasetsOf(options);
  const datasetOf = (name: string) => datasets.get(imageScaleOf(name))!.dataset;
  const dataset = datasetOf(options.networks[0]!);
  const unknown = options.unknown && await readUnknown(options.unknown, dataset);
  if (options.unknown) console.error(`note: ${noteOf(options.unknown, dataset.title)}`);
  const networkOf = networksFor(datasetOf, unknown?.model.network);
  const networks = new Map(options.networks.map((name) => [name, networkOf(name)]));
  const given = unknown ? undefined : await weightsOf(options, networks);
  const weights = unknown?.weights ?? given?.file;
  const reference = unknown?.model.weights ?? given?.weights;
  await using engine = await createEngine(options.engine);
  const trained = await trainedModels(options, networks);
  const plan = planOf({ ...options, weights, trained }, { dataset, engine, imageSize });
  const folderOf = ({ id }: JobId) => `${options.out}/runs/${id}`;
  if (plan.jobs.length === 0) {
    const reasons = reasonsForNone({ ...options, weights }).join("; ");
    throw new UserError(`planning the jobs: expected at least one, got none: ${reasons}`, 2);
  }
  if (options.list) return await list(plan.jobs, folderOf, options);
  if (options.slurm) {
    console.log(await submitJobs(plan.jobs, folderOf, options.slurm, options));
    return 0;
  }
  if (unknown) {
    const { plain } = unknown;
    const { scale } = options.unknown!;
    await tellOfScale(engine, { plain, scale, dataset, split: dataset.test, within: "pixels" });
  }
  await makeFolder(options.out);
  await checkTables(options.out);
  return await run(plan, options, {
    engine,
    dataset,
    datasetOf,
    epochTestImages: Math.min(profile.epochTestImages ?? Infinity, dataset.test.count),
    pixelsOf: (name) =>
      unknown
        ? Promise.resolve({ test: dataset.test, scale: noScale })
        : testPixelsOf(options, name),
    validation: once(() => validationOf(dataset)),
    networkOf,
    ...(reference ? { reference } : {}),
    folderOf,
    recordLeftOut: (out) => recordLeftOut(out, dataset.checksum, leftOutOf([...datasets.values()])),
  });
}

/** The networks for the datasets, or the one of an ONNX file; each is made once. */
function networksFor(
  datasetOf: (name: string) => Dataset,
  unknown: Network | undefined,
): Context["networkOf"] {
  const made = new Map<string, Network>();
  return (name, statistics = "running") => {
    const key = `${name} ${statistics}`;
    const network = made.get(key) ?? unknown ?? networkFor(name, datasetOf(name), { statistics });
    made.set(key, network);
    return network;
  };
}

/** The images left out of datasets so far. */
function leftOutOf(shown: readonly ShownDataset[]): LeftOut {
  return new Map(shown.flatMap(({ leftOut }) => [...leftOut]));
}

/** Every plan trains. */
function checkTraining({ train, title }: Dataset): void {
  if (train.count > 0) return;
  throw new UserError(
    `reproducing on ${title}: expected training images, got none: it has no images in train/; ` +
      "attack and export need none",
  );
}

/** The dataset in each of the scales that the networks take. */
async function datasetsOf(
  { networks, profile, unknown, ...wanted }: ReproduceOptions,
): Promise<Map<ImageScale, ShownDataset>> {
  const datasets = new Map<ImageScale, ShownDataset>();
  const side = unknown && await imageSideOf({ path: unknown.path }, wanted.dataset);
  for (const network of networks) {
    const scale = imageScaleOf(network);
    if (datasets.has(scale)) continue;
    const { dataset, leftOut } = await loadShown(
      { ...wanted, side, pixels: Boolean(unknown) },
      network,
    );
    checkTraining(dataset);
    const { trainImages: train, testImages: test } = profile;
    datasets.set(scale, { dataset: firstImages(dataset, { train, test }), leftOut });
  }
  return datasets;
}

/** The dataset's test images as pixels, and how they become what a network of the project takes. */
async function testPixelsOf(options: ReproduceOptions, network: string): Promise<TestPixels> {
  const { dataset: { test, scale } } = await loadShown({ ...options, pixels: true }, network);
  return { test, scale: await scale?.() ?? noScale };
}

/** Reads the file of --weights before anything is run. */
async function weightsOf(
  { weightsFile: path, rename, networks: [name] }: ReproduceOptions,
  networks: ReadonlyMap<string, Network>,
): Promise<{ file: WeightsFile; weights: Weights } | undefined> {
  if (!path) return undefined;
  const map = rename ? { rename } : {};
  const options = { ...map, onNote: notesOf(path) };
  const weights = await readWeights(path, networks.get(name!)!, options);
  return { file: { path, sha256: checksumOf(await readFile(path)), ...map }, weights };
}

async function list(
  jobs: readonly Job[],
  folderOf: (job: JobId) => string,
  { json, choice }: ReproduceOptions,
): Promise<number> {
  const listed = chosenJobs(jobs, choice === "asked" ? allJobs : choice);
  for (const job of listed) {
    const [index, state] = [jobs.indexOf(job) + 1, await stateOf(job, folderOf)];
    console.log(
      json
        ? JSON.stringify({ index, id: job.id, state, settings: job.settings })
        : `${index}  ${job.id}  ${state.padEnd(11)}  ${describe(job)}`,
    );
  }
  if (listed.length === 0 && typeof choice === "object" && "n" in choice) {
    console.error(`part ${choice.i} of ${choice.n} has no job: there are ${jobs.length}`);
  }
  return 0;
}

/** What jobs and reports need. */
interface Workplace extends Context {
  /** Records in the experiment's folder what was left out of the dataset so far; returns the whole list. */
  readonly recordLeftOut: (out: string) => Promise<LeftOut>;
}

/** What reports need. */
type Quiet = Omit<Workplace, "onProgress">;

type Place = Omit<Workplace, "checkpointSeconds" | "onProgress" | "onNotice" | "signal">;

/** A value that is made at the first call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Runs the chosen jobs, and writes tables and report unless they were chosen by their ids. */
async function run(plan: Plan, options: ReproduceOptions, place: Place): Promise<number> {
  const { out, choice } = options;
  if (choice === "asked") return await answer(plan, options, place);
  const { ranks } = options.engine;
  using interrupt = interruption({ ranks });
  const view = progressOnStderr();
  const jobs = chosenJobs(plan.jobs, choice);
  const share = shareOf(options.atOnce, place.engine, choice, ranks !== undefined);
  const context = { ...place, checkpointSeconds, onNotice: view.tell, signal: interrupt.signal };
  try {
    const { configs, diverged } = await runAll(jobs, {
      plan,
      options,
      choice,
      context,
      view,
      share,
    });
    view.end();
    const tellDiverged = () =>
      diverged.forEach((job) => view.tell(`diverged: ${describe(job)} (${job.id})`));
    if ("ids" in choice && jobs.length > 0) {
      await keepLeftOut(context, out);
      tellDiverged();
      return 0;
    }
    const folder = await publishReport(plan, configs, options, context);
    conclude(folder, options);
    for (const one of await warningsIn(folder)) view.tell(`warning: ${one}`);
    const gaps = await gapsOf(folder);
    tellDiverged();
    if (gaps) view.tell(`${gaps}; repeat the command when other processes have ended`);
    return diverged.length > 0 || gaps ? 1 : 0;
  } catch (error) {
    view.end();
    if (error instanceof DamagedError) throw withAdvice(error);
    if (!(error instanceof Interrupted)) throw error;
    await keepLeftOut(context, out);
    view.tell(
      `interrupted: the state is saved in ${out}; repeat the command to resume`,
    );
    return 130;
  }
}

/** The most seconds between checkpoints. */
const checkpointSeconds = 60;

/** What jobs are run with, and what shows them. */
interface Run {
  readonly plan: Plan;
  readonly options: ReproduceOptions;
  readonly choice: Choice;
  readonly context: Quiet;
  readonly view: ProgressView;
  readonly share: Share;
}

/** Runs jobs one after another or side by side, shows them, and writes the tables anew after each. */
async function runAll(
  jobs: readonly Job[],
  { plan, options, choice, context, view, share: { atOnce, workers } }: Run,
): Promise<Summary> {
  const { out, profile, flags } = options;
  let known: ReadonlyMap<string, RunConfig> = await finishedRuns(jobs, context);
  const before = jobs.filter(({ id }) => known.has(id)).length;
  if (before > 0 && before < jobs.length) {
    view.tell(`${before} of ${jobs.length} jobs are finished already`);
  }
  const endedWith = (job: Job) => jobs.filter(({ id }) => id === job.id || known.has(id)).length;
  const all: Workplace = {
    ...context,
    onProgress: ({ job, phase, ...progress }) =>
      view.show({
        name: `[${endedWith(job)}/${jobs.length}] ${describe(job)}: ${phase}`,
        after: (seconds) => sharedTime(timeLeft(jobs, known, { job, seconds }), atOnce),
        ...progress,
      }),
  };
  const onFinished = async (job: Job, config: RunConfig) => {
    view.tell(resultLine(job, config, { count: endedWith(job), total: jobs.length }));
    if ("ids" in choice) return;
    using _ = await waitForLock(`${out}/lock`);
    known = await publish(plan, new Map(), options, all);
  };
  if (atOnce > 1) {
    view.tell(`${atOnce} jobs at once, ${workers === 1 ? "1 thread" : `${workers} threads`} each`);
    const own = [...flags, `--workers=${workers}`];
    return await runAtOnce(jobs, all, { atOnce, flags: own, onFinished });
  }
  const wait = "ids" in choice || choice.n > 1; // others run the rest
  return await runJobs(jobs, all, { profile: profile.name, onFinished, wait });
}

/** The time left where jobs run side by side. */
function sharedTime({ jobs, seconds }: TimeLeft, atOnce: number): TimeLeft {
  return { jobs, seconds: seconds / atOnce };
}

/** Runs the jobs that another process asks for. */
async function answer(plan: Plan, { out, profile }: ReproduceOptions, place: Place) {
  return await runAsked(plan.jobs, { ...place, checkpointSeconds }, {
    profile: profile.name,
    onEnd: () => keepLeftOut(place, out),
  });
}

/** Records what was left out of the dataset, while no other process does. */
async function keepLeftOut({ recordLeftOut }: Pick<Workplace, "recordLeftOut">, out: string) {
  using _ = await waitForLock(`${out}/lock`);
  await recordLeftOut(out);
}

/** Adds advice to the error for a file without a checksum, whose damage shows only when it is read. */
function withAdvice({ message }: DamagedError): UserError {
  return new UserError(`${message}; remove the run's folder to compute it again`);
}

/**
 * Writes the plan and the tables from all finished jobs, whichever process ran them. Returns the jobs'
 * configs. Hold the folder's lock: one process writes at a time, so that the last one has seen all.
 */
async function publish(
  plan: Plan,
  configs: ReadonlyMap<string, RunConfig>,
  { out, experiments, profile: { name, purpose, epochs } }: ReproduceOptions,
  context: Quiet,
): Promise<ReadonlyMap<string, RunConfig>> {
  await removeParts(out);
  const { jobs } = plan;
  const finished: Finished = {
    jobs,
    configs: new Map([...configs, ...await finishedRuns(jobs, context)]),
    dataset: context.dataset.id,
    profile: name,
    folderOf: context.folderOf,
  };
  const { id, title } = context.dataset;
  await writePlanned(out, {
    dataset: { id, title },
    profile: { name, purpose, ...(epochs === undefined ? {} : { epochs }) },
    experiments,
    jobs: jobs.map((job) => ({ id: job.id, needs: needsOf(job).map((need) => need.job.id) })),
  });
  await writeTables(out, experiments, plan, finished);
  await context.recordLeftOut(out);
  return finished.configs;
}

/** Writes the plan, the tables, the pictures that the report shows and, from the folder's files, the report. */
async function publishReport(
  plan: Plan,
  configs: ReadonlyMap<string, RunConfig>,
  options: ReproduceOptions,
  context: Quiet,
): Promise<ResultsFolder> {
  using _ = await waitForLock(`${options.out}/lock`);
  await publish(plan, configs, options, context);
  const folder = await readFolder(options.out);
  await pictureModels(picturedModels(folder), context);
  await writeReport(folder);
  return folder;
}

function conclude(
  { results: { table1 }, configs }: ResultsFolder,
  { json, out }: ReproduceOptions,
): void {
  if (json) return table1.forEach((row) => console.log(JSON.stringify(row)));
  if (table1.length > 0) console.log(`\n${textTable(table1)}\n\n${legend(table1)}`);
  const count = withoutRatio(configs);
  if (count > 0) {
    console.log(
      `test images whose norm is 0: ${count}; they have no ratio, and ρ₂ excludes them`,
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
function withoutRatio(configs: ReadonlyMap<string, RunConfig>): number {
  const counts = Array.from(
    configs.values(),
    ({ result }) => (result as { without_ratio?: number } | undefined)?.without_ratio ?? 0,
  );
  return Math.max(0, ...counts);
}
