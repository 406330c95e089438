import type { Job, JobId } from "../../jobs/jobs.ts";
import { stateOf } from "../../jobs/job_state.ts";
import { describe } from "../../jobs/kinds.ts";
import { allJobs, chosenJobs } from "./chosen_jobs.ts";
import type { ReproduceOptions } from "./options.ts";

/** Prints the chosen jobs and their states. Returns the exit code. */
export async function listJobs(
  jobs: readonly Job[],
  folderOf: (job: JobId) => string,
  { json, choice }: ReproduceOptions,
): Promise<number> {
  const listed = chosenJobs(jobs, choice === "asked" ? allJobs : choice);
  for (const job of listed) {
    const [index, state] = [jobs.indexOf(job) + 1, await stateOf(job, folderOf)];
    console.log(
      json
        ? JSON.stringify({ index, id: job.id, state, settings: job.settings })
        : `${index}  ${job.id}  ${state.padEnd(11)}  ${describe(job)}`,
    );
  }
  if (listed.length === 0 && typeof choice === "object" && "n" in choice) {
    console.error(`part ${choice.i} of ${choice.n} has no job: there are ${jobs.length}`);
  }
  return 0;
}
