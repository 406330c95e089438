import type { Dataset, Split, StreamedSplit } from "../../data/dataset.ts";
import { shuffled } from "../../engine/random.ts";
import { selectRows } from "../../data/select_rows.ts";
import { UserError } from "../../engine/user_error.ts";

/** How many test images are set apart at most. */
const most = 5000;

/** A dataset without the test images that an epoch is chosen on, and these. */
export interface ChosenOn<D> {
  readonly dataset: D;
  readonly chosenOn: Split | StreamedSplit;
}

/**
 * Sets half of the test images apart, drawn at random, at most 5,000, to choose an epoch on. The model has not seen them, and what is
 * measured in the end is measured on the others.
 *
 * @throws {UserError} when there are fewer than two test images.
 */
export function testImagesApart<D extends Dataset>(dataset: D): ChosenOn<D> {
  const { test, title, rowsToPixels: _, ...others } = dataset;
  const apart = Math.min(most, Math.floor(test.count / 2));
  if (apart === 0) {
    throw new UserError(
      `choosing on test images of ${title}: expected at least two, got ${test.count}`,
    );
  }
  const order = shuffled(test.count, "chosen on");
  const left = order.slice(apart).sort();
  const whole = {
    ...others,
    title,
    test: selectRows(test, left),
    toPixels: (x, split, index) =>
      dataset.toPixels(x, split, split === "test" ? left[index]! : index),
  } as Dataset;
  return { dataset: whole as D, chosenOn: selectRows(test, order.subarray(0, apart)) };
}
