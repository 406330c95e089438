import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { experimentNames } from "../../experiments/experiments.ts";
import { isAtPaperScale, type Training } from "../../experiments/profiles/paper_scale.ts";
import type { Measured } from "../../experiments/seed_means.ts";
import { DamagedError } from "../../files/damage.ts";
import type { Json } from "../../files/checksums.ts";
import { type LeftOut, readLeftOut } from "../../jobs/left_out.ts";
import type { SignResult, TrainResult } from "../../jobs/kind.ts";
import { readConfig, type RunConfig } from "../../jobs/run_folder.ts";
import { type Planned, readPlanned } from "../../results/planned.ts";
import { isEmpty, readTables, type Results } from "../../results/read_tables.ts";
import type { Evidence, Table1Row } from "../../results/results.ts";

/** The contents of a results folder, from which a report is written. */
export interface ResultsFolder {
  readonly path: string;
  readonly results: Results;
  /** The plan; undefined for results of versions that did not write it. */
  readonly planned: Planned | undefined;
  /** The configs of the finished runs, by id. */
  readonly configs: ReadonlyMap<string, RunConfig>;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
}

/**
 * Reads a results folder: the tables of the experiments that were planned, or all that are there.
 *
 * @throws {UserError} when there is no such folder, it is no results folder, or a file in it is damaged.
 */
export async function readFolder(path: string): Promise<ResultsFolder> {
  await checkFolder(path);
  const [planned, tables] = [await readPlanned(path), await readTables(path)];
  if (!planned && isEmpty(tables)) {
    throw new UserError(
      `reading results: expected tables such as table1.arrow in the folder ${path}, got none`,
    );
  }
  const configs = await readConfigs(path, planned);
  const checksums = Array.from(configs.values(), ({ settings }) => settingsOf(settings).checksum);
  return {
    path,
    results: planned ? onlyOf(tables, planned) : tables,
    planned,
    configs,
    leftOut: await readLeftOut(path, checksums.map(String)),
  };
}

async function checkFolder(path: string): Promise<void> {
  const found = await Deno.stat(path).catch((error: Error) => error);
  if (!(found instanceof Error) && found.isDirectory) return;
  const came = !(found instanceof Error)
    ? "a file"
    : found instanceof Deno.errors.NotFound
    ? "nothing there"
    : found.message;
  throw new UserError(`reading results: expected a folder ${excerpt(path)}, got ${came}`);
}

/** The tables of the planned experiments: another one's may be of another dataset. */
function onlyOf(tables: Results, { experiments }: Planned): Results {
  const rows = experimentNames.map((name) =>
    [name, experiments.includes(name) ? tables[name] : []] as const
  );
  return Object.fromEntries(rows) as unknown as Results;
}

/** The finished runs: the planned ones, or all that are there. Damaged ones are not finished. */
async function readConfigs(
  path: string,
  planned: Planned | undefined,
): Promise<Map<string, RunConfig>> {
  const configs = new Map<string, RunConfig>();
  for (const id of planned?.jobs.map((job) => job.id) ?? await runsIn(path)) {
    const config = await readConfig(`${path}/runs/${id}`, id).catch((error) => {
      if (!(error instanceof DamagedError)) throw error;
    });
    if (config?.finished_at) configs.set(id, config);
  }
  return configs;
}

async function runsIn(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${path}/runs`)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

/** A run's folder. */
export function folderOf({ path }: ResultsFolder, id: string): string {
  return `${path}/runs/${id}`;
}

/** The models of Table 1 that were measured. */
export function modelsOf({ results }: ResultsFolder): Table1Row[] {
  return results.table1.filter(({ status }) => status !== "diverged");
}

/** The rows of networks that were trained as in the paper. */
export function evidenceOf({ results, configs }: ResultsFolder): Evidence {
  const counts = ({ run_id }: { readonly run_id: string }) => {
    const training = trainingOf(run_id, configs);
    return training !== undefined && isAtPaperScale(training);
  };
  return {
    table1: results.table1.filter(counts),
    figure2: results.figure2.filter(counts),
    figure3: results.figure3.filter(counts),
    figure4: results.figure4.filter(counts),
  };
}

/** How a run's network was trained, and what it started from; undefined where that is not known. */
function trainingOf(
  id: string,
  configs: ReadonlyMap<string, RunConfig>,
): Training | undefined {
  const config = configs.get(id);
  if (!config) return undefined;
  const settings = settingsOf(config.settings);
  if (settings.parent === undefined) return { settings };
  const parent = trainingOf(String(settings.parent), configs);
  return parent && { settings, parent };
}

/** The reference that the networks of Figures 3 and 4 were fine-tuned from, where it has ended. */
export function startOf({ results, configs }: ResultsFolder): Measured | undefined {
  const [row] = [...results.figure3, ...results.figure4];
  const { parent } = settingsOf(configs.get(row?.run_id ?? "")?.settings ?? {});
  const start = configs.get(String(parent))?.result as unknown as TrainResult | null | undefined;
  return start ?? undefined;
}

/** The results of the fast gradient sign attack on a model; undefined until measured. */
export function signResultOf(model: string, { configs }: ResultsFolder): SignResult | undefined {
  const run = configs.values().find(({ settings }) => {
    const { attack, model: attacked } = settingsOf(settings);
    return attack === "fast_gradient_sign" && attacked === model;
  });
  return (run?.result ?? undefined) as SignResult | undefined;
}

/** A run's settings; they are a record, which reading config.json has checked. */
export function settingsOf(settings: Json): { readonly [key: string]: Json } {
  return settings as { readonly [key: string]: Json };
}
