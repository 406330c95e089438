import { finishedRuns } from "../../jobs/finished_runs.ts";
import type { Job, JobId } from "../../jobs/jobs.ts";
import { describe, needsOf } from "../../jobs/kinds.ts";
import { quoted } from "../shared/shell_words.ts";
import { levelsOf } from "../slurm/levels.ts";
import type { SlurmOptions } from "../slurm/options.ts";
import { runOnSlurm } from "../slurm/run_on_slurm.ts";
import type { ReproduceOptions } from "./options.ts";

/**
 * Submits the jobs that have not ended to Slurm: an array for each level, and a job that writes tables and report.
 *
 * @returns What to print.
 * @throws {UserError} when there is no sbatch, or it refuses.
 */
export async function submitJobs(
  jobs: readonly Job[],
  folderOf: (job: JobId) => string,
  slurm: SlurmOptions,
  { out, flags }: ReproduceOptions,
): Promise<string> {
  const finished = await finishedRuns(jobs, { folderOf });
  const left = jobs.filter(({ id }) => !finished.has(id));
  const levels = levelsOf(left.map((job) => ({
    id: job.id,
    title: describe(job),
    needs: needsOf(job).map((need) => need.job.id),
  })));
  const work = {
    command: "reproduce",
    flags,
    arrays: levels.map((items) => items.map(({ id, title }) => ({ job: id, title }))),
    last: { job: "none", title: "tables and report" },
    logs: `${out}/slurm`,
  };
  const list = ["deno task reproduce", ...flags.map(quoted), "--list"].join(" ");
  return await runOnSlurm(work, slurm, list);
}
