import { UserError } from "../engine/user_error.ts";
import { type Columns, decodeTable, encodeTable } from "../files/arrow.ts";
import { readIfThere, writeWhole } from "../files/files.ts";
import type { Job } from "../jobs/jobs.ts";
import { ablationColumns, ablationRows } from "./tables/ablations.ts";
import { figure2Columns, figure2Rows } from "./tables/figure2.ts";
import { figure3Columns, figure3Rows } from "./tables/figure3.ts";
import { figure4Columns, figure4Rows } from "./tables/figure4.ts";
import type { Finished } from "./tables/finished.ts";
import { robustnessColumns, robustnessRows } from "./tables/robustness.ts";
import { searchColumns, searchRows } from "./tables/search.ts";
import { table1Columns, table1Rows } from "./tables/table1.ts";
import { transferColumns, transferRows } from "./tables/transfer.ts";

/** The columns of every table by its name. */
export const columnsOf: Readonly<Record<string, Columns>> = {
  table1: table1Columns,
  figure2: figure2Columns,
  figure3: figure3Columns,
  figure4: figure4Columns,
  ablations: ablationColumns,
  search: searchColumns,
  robustness: robustnessColumns,
  transfer: transferColumns,
};

/**
 * Checks that a folder's tables may be written over.
 *
 * @throws {UserError} when one is of another version or not ours.
 */
export async function checkTables(out: string): Promise<void> {
  for (const [name, columns] of Object.entries(columnsOf)) {
    const path = `${out}/${name}.arrow`;
    const bytes = await readIfThere(path);
    if (bytes) checkTable(bytes, columns, path);
  }
}

function checkTable(bytes: Uint8Array, columns: Columns, path: string): void {
  try {
    decodeTable(bytes, columns, path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const advice = "move it away, and it is made again from the runs";
    throw new UserError(`${error.message}; ${advice}`, 1, { cause: error });
  }
}

/**
 * Writes the tables of the selected experiments, NAME.arrow each.
 *
 * @throws {UserError} when they cannot be written, or would replace files of another version.
 */
export async function writeTables(
  out: string,
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<void> {
  await checkTables(out);
  const rows: Readonly<Record<string, () => readonly object[] | Promise<readonly object[]>>> = {
    table1: () => table1Rows(finished),
    figure2: () => figure2Rows(finished, folderOf),
    figure3: () => figure3Rows(finished),
    figure4: () => figure4Rows(finished),
    ablations: () => ablationRows(finished),
    search: () => searchRows(finished),
    robustness: () => robustnessRows(finished),
    transfer: () => transferRows(finished),
  };
  for (const name of finished.experiments) {
    const table = (await rows[name]!()).map((row) => ({ ...row }));
    await writeWhole(`${out}/${name}.arrow`, encodeTable(columnsOf[name]!, table));
  }
}
