import { usualExperimentNames } from "../../experiments/experiments.ts";
import { gapsIn } from "../../jobs/job_state.ts";
import { networkTitle } from "../../plots/titles.ts";
import type { PlannedJob } from "../../results/planned.ts";
import type { Table1Row } from "../../experiments/table1.ts";
import { folderOf, type ResultsFolder } from "./results_folder.ts";
import { incompleteIn } from "./run_sections.ts";

/** The planned results that are missing, as a sentence without a full stop; undefined where none are, or no plan is known. */
export async function gapsOf(folder: ResultsFolder): Promise<string | undefined> {
  const jobs = folder.planned?.jobs ?? [];
  const vain = inVain(folder);
  const ended = ({ id }: PlannedJob) => folder.configs.has(id) || vain.has(id);
  return await gapsIn(
    jobs.length,
    jobs.filter((job) => !ended(job)),
    ({ id }) => folderOf(folder, id),
  );
}

/** The planned jobs that cannot run, since one that they need has diverged or cannot run. */
function inVain({ planned, configs }: ResultsFolder): ReadonlySet<string> {
  const vain = new Set<string>();
  for (const { id, needs } of planned?.jobs ?? []) {
    const isVain = needs.some((need) => vain.has(need) || configs.get(need)?.status === "diverged");
    if (isVain) vain.add(id);
  }
  return vain;
}

/** What a report lacks since the folder does not have it, one sentence each without a full stop. */
export async function missingIn(folder: ResultsFolder): Promise<string[]> {
  const { attacks, sign, pictures } = await incompleteIn(folder);
  return [
    ...tablesMissing(folder),
    ...configsMissing(folder),
    ...lackOf(attacks, "attacks.arrow", "the distribution of perturbations leaves them out"),
    ...lackOf(sign, "results of the fast gradient sign attack", "its figure leaves them out"),
    ...lackOf(pictures, "pictures.safetensors", "their attacked images are not shown"),
  ];
}

function tablesMissing({ planned, results }: ResultsFolder): string[] {
  const wanted = planned?.experiments ?? usualExperimentNames;
  const missing = wanted.filter((name) => results[name].length === 0);
  return missing.length > 0
    ? [`no rows of ${missing.join(", ")}: the report has no such sections`]
    : [];
}

function configsMissing({ results, configs }: ResultsFolder): string[] {
  const ids = new Set(Object.values(results).flat().map(({ run_id }) => run_id));
  const without = [...ids].filter((id) => !configs.has(id));
  return without.length > 0
    ? [
      `no readable config.json for ${without.length} of the tables' ${ids.size} runs: the report does ` +
      "not say how they were made, and judges no claim by them",
    ]
    : [];
}

/** Names models that lack something, and what follows; nothing where none does. */
function lackOf(models: readonly Table1Row[], what: string, consequence: string): string[] {
  if (models.length === 0) return [];
  const names = models.map(({ network, method }) => `${networkTitle(network)} ${method}`);
  return [`no ${what} of ${names.join(", ")}: ${consequence}`];
}
