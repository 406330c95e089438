import { UserError } from "../engine/user_error.ts";
import type { Dataset } from "./dataset.ts";
import { loadIdxFolder } from "./idx_folder.ts";
import { loadMnist } from "./mnist.ts";

/** How the datasets are named on the command line. */
const KNOWN = ["mnist", "idx:DIR"] as const;

/**
 * Loads the dataset that a command line names: "mnist", or "idx:DIR" for a folder of IDX files.
 *
 * @throws {UserError} with exit code 2 if no dataset is named so, 1 if its files are missing or
 * damaged.
 */
export async function loadDataset(spec: string): Promise<Dataset> {
  if (spec === "mnist") return await loadMnist();
  const dir = /^idx:(.+)$/.exec(spec)?.[1];
  if (dir !== undefined) return await loadIdxFolder(dir);
  throw new UserError(
    `Loading a dataset: expected one of ${KNOWN.join(", ")}, got ${JSON.stringify(spec)}`,
    2,
  );
}
