import { UserError } from "../engine/user_error.ts";
import { type Columns, decodeTable, encodeTable } from "../files/arrow.ts";
import { readIfThere, writeWhole } from "../files/files.ts";
import type { Experiment, Finished } from "./experiment.ts";
import { type ExperimentName, experiments } from "./experiments.ts";
import type { Plan } from "./plan.ts";

/**
 * Checks that a folder's tables may be overwritten.
 *
 * @throws {UserError} when one is of another version or not ours.
 */
export async function checkTables(out: string): Promise<void> {
  for (const { name, columns } of experiments) {
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
    const advice = "move it away to make it again from the runs";
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
  selected: readonly ExperimentName[],
  plan: Plan,
  finished: Finished,
): Promise<void> {
  await checkTables(out);
  for (const experiment of experiments.filter(({ name }) => selected.includes(name))) {
    // An experiment's parts are its own, which TypeScript does not see.
    const { name, columns, rows } = experiment as Experiment<ExperimentName, unknown, Columns>;
    await writeWhole(
      `${out}/${name}.arrow`,
      encodeTable(columns, await rows(plan[name], finished)),
    );
  }
}
