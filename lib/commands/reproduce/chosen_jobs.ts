import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { Job } from "../../jobs/jobs.ts";
import { needsOf } from "../../jobs/kinds.ts";
import { inPart, type Part, partOf } from "../shared/flag_values.ts";

/** Which jobs of a plan are run, with those that they need: every n-th from the i-th, i from 1, or those of some ids. */
export type Choice = Part | { readonly ids: readonly string[] };

/** All jobs. */
export const allJobs = { i: 1, n: 1 } as const;

/**
 * Reads --job; `asked` stands for the jobs whose ids come on the standard input while it is open.
 *
 * @throws {UserError} (exit code 2) for another form.
 */
export function choiceOf(text: string): Choice | "asked" {
  if (text === "-") return "asked";
  if (text === "none") return { ids: [] };
  if (/^[0-9a-f]{16}(,[0-9a-f]{16})*$/.test(text)) return { ids: text.split(",") };
  const part = partOf(text);
  if (part) return part;
  throw new UserError(
    `reading --job: expected I/N with I from 1 to N, the ids of jobs, or none, got ${
      excerpt(text)
    }`,
    2,
  );
}

/**
 * The chosen jobs, with the jobs that these need, in the plan's order.
 *
 * @throws {UserError} (exit code 2) for an id that the plan does not have.
 */
export function chosenJobs(jobs: readonly Job[], choice: Choice): Job[] {
  const wanted = new Set<string>();
  const want = (job: Job) => {
    wanted.add(job.id);
    needsOf(job).forEach((need) => want(need.job));
  };
  if ("ids" in choice) choice.ids.forEach((id) => want(jobOf(jobs, id)));
  else inPart(jobs, choice).forEach(want);
  return jobs.filter(({ id }) => wanted.has(id));
}

function jobOf(jobs: readonly Job[], wanted: string): Job {
  const job = jobs.find(({ id }) => id === wanted);
  if (job) return job;
  throw new UserError(
    `reading --job: expected the ids of some of the ${jobs.length} jobs that --list prints, got ${
      excerpt(wanted)
    }`,
    2,
  );
}
