import type { Context } from "./context.ts";
import { DamagedError } from "../files/damage.ts";
import type { Job, JobId } from "./jobs.ts";
import { needsOf } from "./kinds.ts";
import { checkFiles, readConfig, type RunConfig, type RunFile } from "./run_folder.ts";

/** What a look at a run's folder finds: what it says of itself, or what is wrong with it; nothing where nothing is. */
export interface Look {
  readonly config?: RunConfig | undefined;
  readonly damage?: DamagedError;
}

/**
 * Looks at a job's folder.
 *
 * @param needed The files that jobs which are to be run read of it.
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

/** What the finished jobs say of themselves, by id. Damaged ones are not finished. */
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
 * The files that must be there of every job, by its id, since jobs that are to be run read them. A finished job that lacks one
 * is to be run again, and what it reads must be there too.
 *
 * @param jobs Every job after those it needs.
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
