import type { Finished } from "../../experiments/experiment.ts";
import type { Plan } from "../../experiments/plan.ts";
import { writeTables } from "../../experiments/tables.ts";
import { removeParts } from "../../files/files.ts";
import { waitForLock } from "../../files/lock.ts";
import { finishedRuns } from "../../jobs/finished_runs.ts";
import { needsOf } from "../../jobs/kinds.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { writePlanned } from "../../results/planned.ts";
import { readFolder, type ResultsFolder } from "../report/results_folder.ts";
import { picturedModels } from "../report/run_sections.ts";
import { writeReport } from "../report/write_report.ts";
import type { ReproduceOptions } from "./options.ts";
import { pictureModels } from "./picture_models.ts";
import type { Quiet, Workplace } from "./workplace.ts";

/**
 * Writes the plan and the tables from all finished jobs, whichever process ran them. Returns the jobs'
 * configs. Hold the folder's lock: one process writes at a time, so that the last one has seen all.
 */
export async function publish(
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
export async function publishReport(
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

/** Records what was left out of the dataset, while no other process does. */
export async function keepLeftOut(
  { recordLeftOut }: Pick<Workplace, "recordLeftOut">,
  out: string,
) {
  using _ = await waitForLock(`${out}/lock`);
  await recordLeftOut(out);
}
