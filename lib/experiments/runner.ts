import { DivergedError } from "../training/train.ts";
import { UserError } from "../engine/user_error.ts";
import type { Context } from "./context.ts";
import { makeFolder } from "./files.ts";
import type { Job } from "./jobs.ts";
import { takeLock } from "./lock.ts";
import { thisMachine } from "./machine.ts";
import { readConfig, type RunConfig, writeConfig } from "./run_folder.ts";
import { runSignJob } from "./sign_job.ts";
import { type Outcome, runTrainJob } from "./train_job.ts";

/** How a job stands. */
export type JobState = "done" | "diverged" | "waiting" | "failed";

/** What running jobs came to. */
export interface Summary {
  readonly configs: ReadonlyMap<string, RunConfig>;
  /** Jobs that diverged, or that could not run since one they need did. */
  readonly diverged: readonly Job[];
}

/** How jobs are run; tests put other work in place of the real one. */
export interface RunnerOptions {
  readonly profile: string;
  readonly execute?: (job: Job, context: Context) => Promise<Outcome>;
}

/**
 * Runs jobs in their order. What is finished is not run again; what was interrupted goes on from its checkpoint. A job that
 * another process holds is left to it.
 *
 * @throws UserError when another process still holds a job that is needed; the signal's reason.
 */
export async function runJobs(
  jobs: readonly Job[],
  context: Context,
  { profile, execute = runJob }: RunnerOptions,
): Promise<Summary> {
  const configs = new Map<string, RunConfig>();
  const held: string[] = [];
  for (const job of jobs) {
    if (!needsOf(job).every((need) => configs.get(need.id)?.status === "done")) {
      if (needsOf(job).some((need) => configs.get(need.id)?.status === "diverged")) {
        configs.set(job.id, { ...startOf(job, profile), status: "diverged" });
      }
      continue;
    }
    const config = await runLocked(job, context, profile, execute);
    if ("holder" in config) held.push(`${job.id} (${describe(job)}) is held by ${config.holder}`);
    else configs.set(job.id, config);
  }
  if (held.length > 0) {
    throw new UserError(
      `running the experiments: expected no other process in the same folder, but ${
        held.join("; ")
      }; run again when it has ended`,
    );
  }
  return { configs, diverged: jobs.filter(({ id }) => configs.get(id)?.status === "diverged") };
}

/** The jobs whose results a job needs. */
export function needsOf(job: Job): Job[] {
  if (job.kind === "train") return job.parent ? [job.parent] : [];
  return job.ruler ? [job.model, job.ruler] : [job.model];
}

/** A job in a few words. */
export function describe(job: Job): string {
  return `${job.network} ${job.method} seed ${job.seed}${job.kind === "sign" ? " under FGS" : ""}`;
}

function runJob(job: Job, context: Context): Promise<Outcome> {
  return job.kind === "train" ? runTrainJob(job, context) : runSignJob(job, context);
}

async function runLocked(
  job: Job,
  context: Context,
  profile: string,
  execute: NonNullable<RunnerOptions["execute"]>,
): Promise<RunConfig | { readonly holder: string }> {
  const folder = context.folderOf(job);
  const finished = await readConfig(folder);
  if (finished?.finished_at) return finished;
  await makeFolder(folder);
  const lock = await takeLock(`${folder}/lock`);
  if ("holder" in lock) return lock;
  using _ = lock;
  const start = startOf(job, profile);
  await writeConfig(folder, start);
  const end = await execute(job, context).then(
    ({ result, durationSeconds }) => ({
      status: "done",
      result,
      duration_seconds: durationSeconds,
    }),
    (error) => {
      if (error instanceof DivergedError) {
        return { status: "diverged", result: null, duration_seconds: 0, reason: error.message };
      }
      throw error;
    },
  );
  const config = { ...start, ...end, finished_at: new Date().toISOString() };
  await writeConfig(folder, config);
  return config;
}

function startOf(job: Job, profile: string): RunConfig {
  return {
    id: job.id,
    settings: job.settings,
    profile,
    machine: thisMachine(),
    status: "running",
    duration_seconds: 0,
  };
}
