import { autoAttackKind } from "./auto_attack_job.ts";
import type { Context } from "./context.ts";
import type { Job, JobKind, JobOf } from "./jobs.ts";
import type { Kind, Need, Outcome, ResultOfKind } from "./kind.ts";
import type { RunConfig } from "./run_config.ts";
import { signKind } from "./sign_job.ts";
import { strongKind } from "./strong_job.ts";
import { trainKind } from "./train_job.ts";
import { transferKind } from "./transfer_job.ts";

/** All kinds of job. */
const kinds: { readonly [Name in JobKind]: Kind<Name> } = {
  train: trainKind,
  sign: signKind,
  strong: strongKind,
  transfer: transferKind,
  auto_attack: autoAttackKind,
};

/** The kind of a job; TypeScript does not see that a job and its kind match. */
function kindOf<Name extends JobKind>({ kind }: JobOf<Name>): Kind<Name> {
  return kinds[kind as Name];
}

/** The jobs that a job needs, and the files that it reads from them. */
export function needsOf(job: Job): readonly Need[] {
  return kindOf(job).needs(job);
}

/** A job in a few words; settings are named where they differ from the method's own. */
export function describe(job: Job): string {
  return kindOf(job).describe(job);
}

/** About how long a job takes, in epochs of training its network without a defense. */
export function workOf(job: Job): number {
  return kindOf(job).work(job);
}

/** Whether a phase's progress says how long the whole job takes. */
export function isMeasured(job: Job, phase: string): boolean {
  return phase === (kindOf(job).mainPhase ?? phase);
}

/** Runs a job. */
export function runJob(job: Job, context: Context): Promise<Outcome> {
  return kindOf(job).run(job, context);
}

/** A job's result; undefined where it has not ended or has diverged. */
export function resultOf<Name extends JobKind>(
  { id }: JobOf<Name>,
  configs: ReadonlyMap<string, RunConfig>,
): ResultOfKind[Name] | undefined {
  return (configs.get(id)?.result ?? undefined) as ResultOfKind[Name] | undefined;
}
