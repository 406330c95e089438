import { lookAt } from "./finished_runs.ts";
import { holderOf } from "../files/lock.ts";
import type { JobId } from "./jobs.ts";
import type { RunStatus } from "./run_config.ts";

/** A job's state: `running` in some process, `interrupted` where no process holds it, `waiting` where none has begun it. */
export type JobState = RunStatus | "waiting" | "interrupted" | "damaged";

/** A job's state, from its folder. */
export async function stateOf(
  job: JobId,
  folderOf: (job: JobId) => string,
): Promise<JobState> {
  const { config, damage } = await lookAt(job, [], { folderOf });
  if (damage) return "damaged";
  if (config?.finished_at) return config.status;
  if (await holderOf(`${folderOf(job)}/lock`)) return "running";
  return config ? "interrupted" : "waiting";
}

/**
 * What results lack, in a sentence without a full stop: the planned jobs that had not ended, counted by
 * state. Undefined where nothing is missing.
 *
 * @param planned How many jobs were planned.
 */
export async function gapsIn(
  planned: number,
  missing: readonly JobId[],
  folderOf: (job: JobId) => string,
): Promise<string | undefined> {
  if (missing.length === 0) return undefined;
  const states = await Promise.all(missing.map((job) => stateOf(job, folderOf)));
  const counts = [...Map.groupBy(states, (state) => state)]
    .map(([state, same]) => `${same.length} ${state === "done" ? "just ended" : state}`);
  return `the results have gaps: ${missing.length} of ${planned} jobs are not in them (${
    counts.join(", ")
  })`;
}
