import type { Context } from "./context.ts";
import { DamagedError } from "../files/damage.ts";
import type { Job, JobId } from "./jobs.ts";
import { needsOf } from "./kinds.ts";
import { checkFiles, readConfig, type RunConfig, type RunFile } from "./run_folder.ts";

/** What a run's folder holds: its config, or what is wrong with it; neither where there is nothing. */
export interface Look {
  readonly config?: RunConfig | undefined;
  readonly damage?: DamagedError;
}

/**
 * Looks at a job's folder.
 *
 * @param needed The files of it that other jobs still read.
 */
export async function lookAt(
  job: JobId,
  needed: readonly RunFile[],
  { folderOf }: Pick<Context, "folderOf">,
): Promise<Look> {
  const folder = folderOf(job);
  try {
    const config = await readConfig(folder, job.id);
    if (config?.finished_at) {
      await checkFiles(folder, config, config.status === "done" ? needed : []);
    }
    return { config };
  } catch (error) {
    if (error instanceof DamagedError) return { damage: error };
    throw error;
  }
}

/** The configs of the finished jobs, by id. Damaged ones are not finished. */
export async function finishedRuns(
  jobs: readonly Job[],
  context: Pick<Context, "folderOf">,
): Promise<Map<string, RunConfig>> {
  const finished = new Map<string, RunConfig>();
  for (const job of jobs) {
    const { config } = await lookAt(job, [], context);
    if (config?.finished_at) finished.set(job.id, config);
  }
  return finished;
}

/**
 * The files of each job, by its id, that must exist since unfinished jobs read them. A finished job that lacks one
 * is run again, and then the files that it reads must exist too.
 *
 * @param jobs Each job after the jobs it depends on.
 */
export async function neededFiles(
  jobs: readonly Job[],
  context: Pick<Context, "folderOf">,
): Promise<ReadonlyMap<string, readonly RunFile[]>> {
  const needed = new Map<string, RunFile[]>();
  for (const job of jobs.toReversed()) {
    const { config } = await lookAt(job, needed.get(job.id) ?? [], context);
    if (config?.finished_at) continue;
    for (const { job: { id }, file } of needsOf(job)) {
      if (file) needed.set(id, [...needed.get(id) ?? [], file]);
    }
  }
  return needed;
}
