import type { Context } from "../../../jobs/context.ts";
import { finishedRuns } from "../../../jobs/finished_runs.ts";
import type { Job, JobId } from "../../../jobs/jobs.ts";
import { needsOf } from "../../../jobs/kinds.ts";
import type { RunConfig } from "../../../jobs/run_folder.ts";
import type { RunnerOptions, Summary } from "../../../jobs/runner.ts";
import type { JobEvent } from "./events.ts";
import { type JobProcess, startJobProcess } from "./job_process.ts";
import { runInSlots } from "./run_in_slots.ts";
import { together } from "./together.ts";

/** How jobs are run side by side. */
export interface AtOnceOptions extends Pick<RunnerOptions, "onFinished"> {
  /** How many at the same time, each in a process of its own. */
  readonly atOnce: number;
  /** The flags of `reproduce` that plan the jobs, in each of the processes. */
  readonly flags: readonly string[];
}

/**
 * Runs jobs side by side in processes of their own, each after those that it needs. An error in one ends all, and so does the signal: each
 * saves its state.
 *
 * @throws {UserError} of the process in which a job failed.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function runAtOnce(
  jobs: readonly Job[],
  context: Context,
  { atOnce, flags, onFinished }: AtOnceOptions,
): Promise<Summary> {
  const { signal } = context;
  const configs = await finishedRuns(jobs, context);
  const processes: (JobProcess | undefined)[] = [];
  const { onEvent, leave } = listener(jobs, context);
  const run = async ({ id }: JobId, slot: number) => {
    signal.throwIfAborted();
    const finished = new Map<Job, RunConfig>();
    const process = processes[slot] ??= startJobProcess(flags);
    configs.set(id, await process.run(id, (event) => onEvent(event, finished)));
    leave(id);
    for (const [job, config] of finished) await onFinished?.(job, config);
  };
  const stop = () => processes.forEach((one) => one?.stop());
  signal.addEventListener("abort", stop);
  try {
    await runInSlots(itemsOf(jobs.filter(({ id }) => !configs.has(id))), atOnce, run, stop);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(processes.map((one) => one?.end()));
  }
  return { configs, diverged: jobs.filter(({ id }) => configs.get(id)?.status === "diverged") };
}

function itemsOf(jobs: readonly Job[]) {
  return jobs.map((job) => ({ id: job.id, needs: needsOf(job).map((need) => need.job.id) }));
}

/** Passes on what processes tell: a notice once, the progress of all jobs as one. */
function listener(jobs: readonly Job[], { onNotice, onProgress }: Context) {
  const jobOf = (wanted: string) => jobs.find(({ id }) => id === wanted)!;
  const told = new Set<string>();
  const view = together(onProgress);
  return {
    leave: view.leave,
    onEvent(event: JobEvent, finished: Map<Job, RunConfig>) {
      if (event.kind === "finished") finished.set(jobOf(event.id), event.config);
      if (event.kind === "progress") view.show({ job: jobOf(event.id), ...event.progress });
      if (event.kind === "notice" && !told.has(event.text)) {
        told.add(event.text);
        onNotice(event.text);
      }
    },
  };
}
