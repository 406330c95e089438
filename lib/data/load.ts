import { UserError } from "../engine/user_error.ts";
import { loadCifar10 } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { loadIdxFolder } from "./idx_folder.ts";
import { loadMnist } from "./mnist.ts";
import type { LoadProgress } from "./progress.ts";

/** How the datasets are named on the command line. */
const KNOWN = ["mnist", "cifar10", "cifar10:DIR", "idx:DIR"] as const;

/** How to load a dataset. */
export interface LoadOptions {
  /** Is told how far it is, where that takes time. */
  readonly onProgress?: LoadProgress;
}

/**
 * Loads the dataset that a command line names: "mnist"; "cifar10", which is fetched the first time, or "cifar10:DIR" for
 * a folder of the original binary version; "idx:DIR" for a folder of IDX files.
 *
 * @throws {UserError} with exit code 2 if no dataset is named so, 1 if its files are missing or
 * damaged.
 */
export async function loadDataset(spec: string, options: LoadOptions = {}): Promise<Dataset> {
  const [, name, dir] = /^(\w+)(?::(.+))?$/.exec(spec) ?? [];
  if (name === "mnist" && !dir) return await loadMnist();
  if (name === "cifar10") return await loadCifar10({ ...options, ...(dir ? { dir } : {}) });
  if (name === "idx" && dir) return await loadIdxFolder(dir);
  throw new UserError(
    `Loading a dataset: expected one of ${KNOWN.join(", ")}, got ${JSON.stringify(spec)}`,
    2,
  );
}
