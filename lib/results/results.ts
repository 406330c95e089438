/**
 * Reads what `reproduce` wrote: its tables as rows, and its models.
 *
 * @module
 */

import { UserError } from "../engine/user_error.ts";
import { readSafetensors } from "../networks/safetensors.ts";
import type { Weights } from "../networks/weights.ts";
import { type EpochRow, modelPath, readEpochs } from "../jobs/run_folder.ts";
import { isEmpty, readTables, type Results } from "./read_tables.ts";

export { ablationColumns, type AblationRow } from "../experiments/ablations.ts";
export { autoAttackColumns, type AutoAttackRow } from "../experiments/auto_attack.ts";
export { figure2Columns, type Figure2Row } from "../experiments/figure2.ts";
export { figure3Columns, type Figure3Row } from "../experiments/figure3.ts";
export { figure4Columns, type Figure4Row } from "../experiments/figure4.ts";
export { robustnessColumns, type RobustnessRow } from "../experiments/robustness.ts";
export { scaledCColumns, type ScaledCRow } from "../experiments/scaled_c.ts";
export { searchColumns, type SearchRow } from "../experiments/search.ts";
export { table1Columns, type Table1Row } from "../experiments/table1.ts";
export { transferColumns, type TransferRow } from "../experiments/transfer.ts";
export type { ExperimentName, ExperimentOf } from "../experiments/experiments.ts";
export type { CellOf, Columns, ColumnType, RowOf, ValueType } from "../files/arrow.ts";
export type { EpochRow } from "../jobs/run_folder.ts";
export type { Results } from "./read_tables.ts";

export { type PaperRow, paperRow, paperRows } from "../experiments/paper_table1.ts";
export { type Claim, type ClaimOptions, claims, type Evidence } from "../experiments/claims.ts";

/**
 * Reads the tables of a results folder, NAME.arrow each.
 *
 * @param folder The results folder, such as `outputs/paper`.
 * @throws {UserError} when there is no such folder, or a table is not ours.
 *
 * @example The rows of Table 1 in the committed results.
 * ```ts
 * import { readResults } from "deep-defense/results";
 *
 * const { table1 = [] } = await readResults("outputs/paper");
 * for (const { network, method, seed, rho2 } of table1) console.log(network, method, seed, rho2);
 * ```
 */
export async function readResults(folder: string): Promise<Results> {
  const results = await readTables(folder);
  if (isEmpty(results)) {
    throw new UserError(
      `reading results: expected tables such as table1.arrow in the folder ${folder}, got none`,
    );
  }
  return results;
}

/**
 * The parameters of a trained model.
 *
 * @param folder The results folder.
 * @param row A row of its tables.
 * @throws {UserError} when the model is not there: not every run's parameters are kept.
 */
export async function readModel(
  folder: string,
  { run_id }: { readonly run_id: string },
): Promise<Weights> {
  return (await readSafetensors(modelPath(`${folder}/runs/${run_id}`))).weights;
}

/**
 * The measurements of a run after every epoch of its fine-tuning; epoch 0 is the reference.
 *
 * @param folder The results folder.
 * @param row A row of its tables.
 * @throws {UserError} when the run's metrics are not there: not every run's are kept.
 */
export async function readConvergence(
  folder: string,
  { run_id }: { readonly run_id: string },
): Promise<EpochRow[]> {
  const epochs = await readEpochs(`${folder}/runs/${run_id}`);
  if (epochs.length > 0) return epochs;
  throw new UserError(`reading the epochs of run ${run_id}: expected its metrics.arrow, got none`);
}
