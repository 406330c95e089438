import { shared } from "../engine/shared_memory.ts";
import type { AnySplit, Dataset } from "./dataset.ts";
import { withDatasetSummary } from "./dataset_summary.ts";

/** How many images of each split to keep. */
export interface FirstImagesOptions {
  /** Training images, a whole number >= 1; all unless given. */
  readonly train?: number | undefined;
  /** Test images, a whole number >= 1; all unless given. */
  readonly test?: number | undefined;
}

/**
 * The same dataset, cut to its first images, for short runs. The preprocessing, with its statistics
 * over the whole training set, the classes and the checksum stay as they are. A split that has fewer
 * images is kept whole.
 *
 * @returns A dataset with copies of the images that are kept.
 * @throws {RangeError} when a number is not a whole number >= 1.
 */
export function firstImages<D extends Dataset>(
  dataset: D,
  { train, test }: FirstImagesOptions = {},
): D {
  return withDatasetSummary({
    ...dataset,
    train: firstOfSplit(dataset.train, train, "training"),
    test: firstOfSplit(dataset.test, test, "test"),
  });
}

/**
 * A split's first images, copied into shared memory: a view would keep the whole array alive and be sent whole to
 * workers, and unshared memory would be copied for them at every use.
 */
function firstOfSplit(
  split: AnySplit,
  wanted: number | undefined,
  name: string,
): AnySplit {
  if (wanted === undefined) return split;
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new RangeError(
      `cutting a dataset: expected a whole number of ${name} images >= 1, got ${wanted}`,
    );
  }
  if (wanted >= split.count) return split;
  if (!("images" in split)) {
    return { ...split, labels: split.labels.slice(0, wanted), count: wanted };
  }
  const pixels = split.images.length / split.count;
  return {
    images: shared(split.images.slice(0, wanted * pixels)),
    labels: shared(split.labels.slice(0, wanted)),
    count: wanted,
  };
}
