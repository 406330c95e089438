import type { RunConfig } from "../../jobs/run_folder.ts";
import { seedsOf } from "../../plots/sections/seeds.ts";
import type { ExperimentName, Results, Table1Row } from "../../results/results.ts";
import type { ResultsFolder } from "../report/results_folder.ts";
import type { ReproduceOptions } from "./options.ts";
import { textTable } from "./text_table.ts";

/** Prints Table 1, or the rows of all chosen experiments as JSON, and where the report is. */
export function conclude(
  { results, configs }: ResultsFolder,
  { json, out, experiments }: ReproduceOptions,
): void {
  if (json) return experiments.forEach((experiment) => printRows(experiment, results));
  const { table1 } = results;
  if (table1.length > 0) console.log(`\n${textTable(table1)}\n\n${legend(table1)}`);
  const count = withoutRatio(configs);
  if (count > 0) {
    console.log(
      `test images whose norm is 0: ${count}; they have no ratio, and ρ₂ excludes them`,
    );
  }
  console.log(`the report is ${out}/report.html`);
}

/** Prints an experiment's rows as JSON lines. */
function printRows(experiment: ExperimentName, { [experiment]: rows }: Results): void {
  rows.forEach((row) => console.log(JSON.stringify({ experiment, ...row })));
}

/** What the printed table means. */
function legend(rows: readonly Table1Row[]): string {
  const isCompared = rows.some((row) => row.paper_accuracy !== null);
  return `ours, ${seedsOf(rows)}${isCompared ? "; under it the paper's figures" : ""}
ρ₂: DeepFool's perturbation over the image's norm, the mean of all test images
ε_ref: where FGS makes Deep Defense wrong on half of the test images`;
}

/** How many test images have no ratio: the same for every model. */
function withoutRatio(configs: ReadonlyMap<string, RunConfig>): number {
  const counts = Array.from(
    configs.values(),
    ({ result }) => (result as { without_ratio?: number } | undefined)?.without_ratio ?? 0,
  );
  return Math.max(0, ...counts);
}
