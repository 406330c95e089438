/**
 * Reads what `reproduce` wrote: its tables as rows, and its models.
 *
 * @module
 */

import { UserError } from "../engine/user_error.ts";
import { readSafetensors } from "../networks/safetensors.ts";
import type { Weights } from "../networks/weights.ts";
import { decodeTable } from "../files/arrow.ts";
import { readIfThere } from "../files/files.ts";
import { modelPath, readEpochs } from "../jobs/run_folder.ts";
import type {
  AblationRow,
  EpochRow,
  Figure2Row,
  Figure3Row,
  Figure4Row,
  RobustnessRow,
  SearchRow,
  Table1Row,
  TransferRow,
} from "../experiments/rows.ts";
import { columnsOf } from "../experiments/tables.ts";

export { type PaperRow, paperRow, paperRows } from "../experiments/paper_table1.ts";
export { type Claim, type ClaimOptions, claims, type Evidence } from "../experiments/claims.ts";
export type * from "../experiments/rows.ts";

/** The tables of a results folder. One that was not made has no rows. */
export interface Results {
  /** Table 1, a row a model. */
  readonly table1: readonly Table1Row[];
  /** Accuracy and rho_2 behind every epoch. */
  readonly figure2: readonly Figure2Row[];
  /** Deep Defense over lambda and c. */
  readonly figure3: readonly Figure3Row[];
  /** Deep Defense of one layer alone. */
  readonly figure4: readonly Figure4Row[];
  /** Deep Defense with one choice changed. */
  readonly ablations: readonly AblationRow[];
  /** The settings that were tried for the other methods. */
  readonly search: readonly SearchRow[];
  /** Table 1's models under attacks that no training used. */
  readonly robustness: readonly RobustnessRow[];
  /** Table 1's models on one another's examples. */
  readonly transfer: readonly TransferRow[];
}

/**
 * Reads the tables of a results folder, NAME.arrow each.
 *
 * @param folder Such as `outputs/paper`.
 * @throws {UserError} when there is no such folder, or a table is not ours.
 */
export async function readResults(folder: string): Promise<Results> {
  const entries = Object.entries(columnsOf).map(async ([name, columns]) => {
    const path = `${folder}/${name}.arrow`;
    const bytes = await readIfThere(path);
    return [name, bytes ? decodeTable(bytes, columns, path) : []] as const;
  });
  const tables = Object.fromEntries(await Promise.all(entries));
  if (Object.values(tables).every((rows) => rows.length === 0)) {
    throw new UserError(
      `reading results: expected tables such as table1.arrow in the folder ${folder}, got none`,
    );
  }
  return tables as unknown as Results;
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
 * What a run measured behind every epoch of its fine-tuning; epoch 0 is the reference.
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
