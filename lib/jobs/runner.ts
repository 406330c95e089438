import { setTimeout as delay } from "node:timers/promises";
import { DivergedError } from "../training/train.ts";
import { NotFiniteLogitsError } from "../compute/check_logits.ts";
import { UserError } from "../engine/user_error.ts";
import type { Context } from "./context.ts";
import { makeFolder, removeParts } from "../files/files.ts";
import { lookAt, neededFiles } from "./finished_runs.ts";
import type { Job, Json } from "./jobs.ts";
import type { Outcome } from "./kind.ts";
import { describe, needsOf, runJob } from "./kinds.ts";
import { takeLock } from "../files/lock.ts";
import { thisMachine } from "./machine.ts";
import {
  checksumsIn,
  dropCheckpoint,
  type RunConfig,
  type RunFile,
  writeConfig,
} from "./run_folder.ts";

/** The result of running jobs. */
export interface Summary {
  readonly configs: ReadonlyMap<string, RunConfig>;
  /** Jobs that diverged, or that could not run since a job they need diverged. */
  readonly diverged: readonly Job[];
}

/** Runs a job; tests replace it. */
export interface RunnerOptions {
  readonly profile: string;
  readonly execute?: (job: Job, context: Context) => Promise<Outcome<object>>;
  /** Called after every job that was run here, with its config.json. */
  readonly onFinished?: (job: Job, config: RunConfig) => Promise<void>;
  /** Whether to wait for jobs that another process holds; if not, they end the run once nothing else is left. */
  readonly wait?: boolean;
}

/**
 * Runs jobs in their order. A finished job is not run again unless it is damaged or lacks a file that another job reads; an
 * interrupted one resumes from its checkpoint. A job that another process holds is left to it, and the jobs that need it are tried again
 * after the others; one message says that the run waits.
 *
 * @throws {UserError} when another process still holds a job that is needed.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function runJobs(
  jobs: readonly Job[],
  context: Context,
  options: RunnerOptions,
): Promise<Summary> {
  const configs = new Map<string, RunConfig>();
  for (let isSaid = false;;) {
    const before = configs.size;
    const held = await runFree(jobs, configs, context, options);
    if (configs.size === jobs.length) break;
    if (configs.size > before) continue;
    if (!options.wait) throw heldByOthers(held);
    if (!isSaid) context.onNotice(`waiting for another process: ${held.join("; ")}`);
    isSaid = true;
    await delay(1000, undefined, { signal: context.signal }).catch(() => {});
  }
  return { configs, diverged: jobs.filter(({ id }) => configs.get(id)?.status === "diverged") };
}

/** Runs every job that can be run now, and returns those that could not since another process holds them. */
async function runFree(
  jobs: readonly Job[],
  configs: Map<string, RunConfig>,
  context: Context,
  options: RunnerOptions,
): Promise<string[]> {
  const held: string[] = [];
  const left = jobs.filter(({ id }) => !configs.has(id));
  const needed = await neededFiles(left, context);
  for (const job of left) {
    context.signal.throwIfAborted();
    const needs = needsOf(job).map(({ job: { id } }) => configs.get(id)?.status);
    if (needs.includes("diverged")) {
      configs.set(job.id, { ...startOf(job, context, options), status: "diverged" });
    } else if (needs.every((status) => status === "done")) {
      const config = await runLocked(job, needed.get(job.id) ?? [], context, options);
      if ("holder" in config) held.push(`${job.id} (${describe(job)}) is held by ${config.holder}`);
      else configs.set(job.id, config);
    }
  }
  return held;
}

function heldByOthers(held: readonly string[]): UserError {
  return new UserError(
    `running the experiments: expected no other process in the same folder, but ${
      held.join("; ")
    }; run again when it has ended`,
  );
}

/** Runs a job unless it is finished or another process holds it. A finished but damaged job is run again, and a note says so. */
async function runLocked(
  job: Job,
  needed: readonly RunFile[],
  context: Context,
  options: RunnerOptions,
): Promise<RunConfig | { readonly holder: string }> {
  const folder = context.folderOf(job);
  const { config: before } = await lookAt(job, needed, context);
  if (before?.finished_at) {
    await dropCheckpoint(folder); // a kill may have left it
    return before;
  }
  await makeFolder(folder);
  const lock = await takeLock(`${folder}/lock`);
  if ("holder" in lock) return lock;
  using _ = lock;
  const { config: meanwhile, damage } = await lookAt(job, needed, context);
  if (meanwhile?.finished_at) return meanwhile; // by the process that held the lock
  if (damage) {
    context.onNotice(
      `${damage.message}; ${describe(job)} is computed again from its last good state`,
    );
  }
  await removeParts(folder);
  const config = await runHere(job, context, options, meanwhile);
  await options.onFinished?.(job, config);
  return config;
}

/**
 * Runs a job from where the last sitting stopped. Writing its last config.json finishes it: everything before can be
 * repeated.
 */
async function runHere(
  job: Job,
  context: Context,
  options: RunnerOptions,
  before?: RunConfig,
): Promise<RunConfig> {
  const { execute = runJob } = options;
  const folder = context.folderOf(job);
  const start = startOf(job, context, options, before);
  const begun = performance.now();
  await writeConfig(folder, start);
  const end = await execute(job, context).then(
    ({ result, durationSeconds }) => ({
      status: "done" as const,
      result: result as Json,
      duration_seconds: durationSeconds,
    }),
    (error) => {
      if (!hasDiverged(job, error)) throw error;
      const duration_seconds = (performance.now() - begun) / 1000;
      const reason = error.message;
      return { status: "diverged" as const, result: null, duration_seconds, reason };
    },
  );
  const files = await checksumsIn(folder);
  const config = { ...start, ...end, finished_at: new Date().toISOString(), files };
  await writeConfig(folder, config);
  await dropCheckpoint(folder);
  return config;
}

/** Whether a training diverged, also where that shows only when the network is measured. Weights from a file were not trained here. */
function hasDiverged(job: Job, error: unknown): error is Error {
  if (error instanceof NotFiniteLogitsError) return job.kind !== "train" || !job.weightsFile;
  return error instanceof DivergedError;
}

/** The config.json at the start of a sitting; `before` is the file of the last sitting. */
function startOf(
  job: Job,
  { engine }: Context,
  { profile }: RunnerOptions,
  { workers = [] }: Partial<RunConfig> = {},
): RunConfig {
  return {
    id: job.id,
    settings: job.settings,
    profile,
    machine: thisMachine(),
    workers: workers.at(-1) === engine.workers ? workers : [...workers, engine.workers],
    status: "running",
    duration_seconds: 0,
  };
}
