import { type ExperimentName, type ExperimentOf, experiments } from "../experiments/experiments.ts";
import { decodeTable, type RowOf } from "../files/arrow.ts";
import { readIfThere } from "../files/files.ts";

/** The tables of a results folder by their experiments' names. A missing table has no rows. */
export type Results = {
  readonly [Name in ExperimentName]: readonly RowOf<ExperimentOf<Name>["columns"]>[];
};

/**
 * Reads the tables of a results folder, NAME.arrow each.
 *
 * @throws {UserError} when a table is damaged or not ours.
 */
export async function readTables(folder: string): Promise<Results> {
  const tables = experiments.map(async ({ name, columns }) => {
    const path = `${folder}/${name}.arrow`;
    const bytes = await readIfThere(path);
    return [name, bytes ? decodeTable(bytes, columns, path) : []] as const;
  });
  return Object.fromEntries(await Promise.all(tables)) as unknown as Results;
}

/** Whether a results folder has no rows at all. */
export function isEmpty(results: Results): boolean {
  return Object.values(results).every((rows) => rows.length === 0);
}
