import { shuffled } from "../engine/random.ts";
import { UserError } from "../engine/user_error.ts";
import type { Dataset, Split } from "./dataset.ts";
import { selectRows } from "./select_rows.ts";

/** The part of the training images that is held out: a sixth, 10,000 of MNIST's. */
const heldOut = 1 / 6;

/**
 * A dataset to choose settings on without looking at the test images: its test images are the last sixth of a shuffle of the
 * training images, and the rest is its training set. The preprocessing stays as it is.
 *
 * @throws {UserError} for images that are read on demand.
 */
export function validationOf(dataset: Dataset): Dataset<Split> {
  const { train, toPixels, rowsToPixels } = dataset;
  if (!("images" in train)) {
    throw new UserError(
      `holding out training images: expected them in memory, got ${dataset.title}'s, which are read on demand`,
    );
  }
  const order = shuffled(train.count, "validation");
  const kept = order.length - Math.floor(order.length * heldOut);
  const parts = { train: order.subarray(0, kept), test: order.subarray(kept) };
  const validation: Dataset<Split> = {
    ...dataset,
    train: selectRows(train, parts.train),
    test: selectRows(train, parts.test),
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
