import type { SlurmOptions } from "../slurm/options.ts";
import { runOnSlurm } from "../slurm/run_on_slurm.ts";
import { openShared } from "./evaluation_folder.ts";
import type { EvaluateCommand } from "./options.ts";
import type { Problem } from "./problem.ts";

/**
 * Submits models to Slurm: a task for each, and a job that joins what they found and does what they did not.
 *
 * @returns What to print.
 * @throws {UserError} when there is no sbatch, it refuses, or the folder holds another evaluation.
 */
export async function submitModels(
  { contenders, key }: Problem,
  slurm: SlurmOptions,
  { out, flags }: EvaluateCommand,
): Promise<string> {
  if (!slurm.dryRun && await openShared(out, key)) return `this evaluation is in ${out} already`;
  const tasks = contenders.map(({ name: title }, i) => ({
    job: `${i + 1}/${contenders.length}`,
    title,
  }));
  const work = {
    command: "evaluate",
    flags,
    arrays: [tasks],
    last: { title: "all models: tables and page" },
    logs: `${out}/slurm`,
  };
  return await runOnSlurm(work, slurm);
}
