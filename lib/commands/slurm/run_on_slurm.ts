import { makeFolder } from "../../files/files.ts";
import { submittingScript } from "./dry_run.ts";
import type { SlurmOptions } from "./options.ts";
import { submit } from "./submit.ts";
import { submissionsOf, type Work } from "./submissions.ts";

/**
 * Submits work to Slurm and returns what to print: the ids, and how to watch and cancel. A dry run returns the script that would submit it,
 * and writes nothing.
 *
 * @param states A command that says how the work stands, where there is one.
 * @throws {UserError} when there is no sbatch, or it refuses.
 */
export async function runOnSlurm(
  work: Work,
  slurm: SlurmOptions,
  states?: string,
): Promise<string> {
  const submissions = submissionsOf(work, slurm);
  if (slurm.dryRun) return submittingScript(submissions, work.logs);
  await makeFolder(work.logs);
  const ids = await submit(submissions);
  return [
    ...submissions.map(({ title }, i) => `Slurm job ${ids[i]}  ${title}`),
    `watch:   squeue --jobs=${ids.join(",")}`,
    ...states ? [`states:  ${states}`] : [],
    `cancel:  scancel ${ids.join(" ")}`,
    `logs:    ${work.logs}`,
  ].join("\n");
}
