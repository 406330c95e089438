import { shuffled } from "../engine/random.ts";
import { UserError } from "../engine/user_error.ts";
import type { Dataset, Split, StreamedDataset } from "./dataset.ts";

/** The part of the training images that is held out: a sixth, 10,000 of MNIST's. */
const heldOut = 1 / 6;

/**
 * A dataset to choose settings on without looking at the test images: its test images are the last sixth of a shuffle of the
 * training images, and what is left is its training set. The preprocessing stays as it is.
 *
 * @throws {UserError} for images that are read on demand.
 */
export function validationOf(dataset: Dataset | StreamedDataset): Dataset {
  if (!isInMemory(dataset)) {
    throw new UserError(
      `holding out training images: expected them in memory, got ${dataset.title}'s, which are read on demand`,
    );
  }
  const order = shuffled(dataset.train.count, "validation");
  const kept = order.length - Math.floor(order.length * heldOut);
  const parts = { train: order.subarray(0, kept), test: order.subarray(kept) };
  const { toPixels, rowsToPixels } = dataset;
  const validation: Dataset = {
    ...dataset,
    train: rowsOf(dataset.train, parts.train),
    test: rowsOf(dataset.train, parts.test),
    toPixels: (x, split, index) => toPixels(x, "train", parts[split][index]!),
  };
  return rowsToPixels
    ? {
      ...validation,
      rowsToPixels: (rows, split, indices) =>
        rowsToPixels(rows, "train", indices.map((index) => parts[split][index]!)),
    }
    : validation;
}

function isInMemory(dataset: Dataset | StreamedDataset): dataset is Dataset {
  return "images" in dataset.train;
}

function rowsOf({ images, labels, count }: Split, rows: Uint32Array): Split {
  const length = images.length / count;
  const picked = new Float32Array(rows.length * length);
  rows.forEach((row, i) =>
    picked.set(images.subarray(row * length, (row + 1) * length), i * length)
  );
  return {
    images: picked,
    labels: Uint16Array.from(rows, (row) => labels[row]!),
    count: rows.length,
  };
}
