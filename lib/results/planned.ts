import { type ExperimentName, experimentNames } from "../experiments/experiments.ts";
import { UserError } from "../engine/user_error.ts";
import { readIfThere, writeWhole } from "../files/files.ts";

/** The plan of a results folder: planned.json. */
export interface Planned {
  readonly dataset: { readonly id: string; readonly title: string };
  readonly profile: {
    readonly name: string;
    /** What it is for, in a few words. */
    readonly purpose: string;
    /** The epochs of fine-tuning where they were given, in place of the profile's. */
    readonly epochs?: number;
  };
  readonly experiments: readonly ExperimentName[];
  /** All planned jobs, each after the jobs it depends on. */
  readonly jobs: readonly PlannedJob[];
}

/** A planned job's id, and the jobs that it depends on. */
export interface PlannedJob {
  readonly id: string;
  readonly needs: readonly string[];
}

/** Writes planned.json. */
export async function writePlanned(folder: string, planned: Planned): Promise<void> {
  await writeWhole(`${folder}/planned.json`, `${JSON.stringify(planned, null, 2)}\n`);
}

/**
 * Reads planned.json; undefined where there is none: earlier versions wrote none.
 *
 * @throws {UserError} when it is damaged.
 */
export async function readPlanned(folder: string): Promise<Planned | undefined> {
  const path = `${folder}/planned.json`;
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    const planned: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isPlanned(planned)) return planned;
  } catch {
    // Not JSON, or not text at all.
  }
  throw new UserError(
    `reading ${path}: expected the plan that reproduce wrote, in JSON, got something else; remove it`,
  );
}

function isPlanned(value: unknown): value is Planned {
  const { dataset, profile, experiments, jobs } = (value ?? {}) as Partial<Planned>;
  const { epochs } = profile ?? {};
  return [dataset?.id, dataset?.title, profile?.name, profile?.purpose].every(isText) &&
    (epochs === undefined || Number.isInteger(epochs)) &&
    Array.isArray(jobs) && jobs.every(isJob) &&
    Array.isArray(experiments) && experiments.every((name) => experimentNames.includes(name));
}

function isJob(value: unknown): value is PlannedJob {
  const { id, needs } = (value ?? {}) as Partial<PlannedJob>;
  return isText(id) && Array.isArray(needs) && needs.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
