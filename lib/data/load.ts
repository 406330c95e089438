import { UserError } from "../engine/user_error.ts";
import { loadCifar10 } from "./cifar10.ts";
import type { Dataset, StreamedDataset } from "./dataset.ts";
import { loadIdxFolder } from "./idx_folder.ts";
import { type ImagenetOptions, openImagenet } from "./imagenet.ts";
import { loadMnist } from "./mnist.ts";
import { loadTensors } from "./tensors.ts";

/** How the datasets are named on the command line. */
const KNOWN = [
  "mnist",
  "cifar10",
  "cifar10:DIR",
  "idx:DIR",
  "imagenet:DIR",
  "tensors:FILE",
] as const;

/** The datasets that are loaded into memory. */
export type LoadedSpec =
  | "mnist"
  | "cifar10"
  | `cifar10:${string}`
  | `idx:${string}`
  | `tensors:${string}`;

/**
 * Loads the dataset that a command line names: "mnist"; "cifar10", which is fetched the first time, or "cifar10:DIR" for
 * a folder of the original binary version; "idx:DIR" for a folder of IDX files; "tensors:FILE" for a safetensors file of
 * inputs and labels; "imagenet:DIR" for images in folders, which are read when they are needed.
 *
 * @throws {UserError} with exit code 2 if no dataset is named so, 1 if its files are missing or
 * damaged.
 */
export async function loadDataset(spec: LoadedSpec, options?: ImagenetOptions): Promise<Dataset>;
/** Opens images in folders, for the networks of a scale. */
export async function loadDataset(
  spec: `imagenet:${string}`,
  options?: ImagenetOptions,
): Promise<StreamedDataset>;
/** Loads any dataset that a command line may name. */
export async function loadDataset(
  spec: string,
  options?: ImagenetOptions,
): Promise<Dataset | StreamedDataset>;
export async function loadDataset(
  spec: string,
  options: ImagenetOptions = {},
): Promise<Dataset | StreamedDataset> {
  const { onProgress, onNote, pixels } = options;
  const [, name, dir] = /^(\w+)(?::(.+))?$/.exec(spec) ?? [];
  if (name === "mnist" && !dir) return await loadMnist({ pixels });
  if (name === "cifar10") {
    return await loadCifar10({
      pixels,
      ...(onProgress ? { onProgress } : {}),
      ...(dir ? { dir } : {}),
    });
  }
  if (name === "idx" && dir) {
    return await loadIdxFolder(dir, { pixels, ...(onNote ? { onNote } : {}) });
  }
  if (name === "tensors" && dir) return await loadTensors(dir, { pixels });
  if (name === "imagenet" && dir) return await openImagenet(dir, options);
  throw new UserError(
    `Loading a dataset: expected one of ${KNOWN.join(", ")}, got ${JSON.stringify(spec)}`,
    2,
  );
}
