import type { AnySplit, Dataset } from "../data/dataset.ts";
import { withDatasetSummary } from "../data/dataset_summary.ts";
import { isWhole, optionCheck } from "../engine/option_check.ts";
import { shuffled } from "../engine/random.ts";
import { selectRows } from "../data/select_rows.ts";
import { UserError } from "../engine/user_error.ts";

/** The most images that are held out by default. */
const most = 5000;

/** The fewest test images of which half is held out unless a number is asked for. */
const leastTest = 20;

/** What `defend` takes: a whole dataset, or training images alone. */
export type DefendDataset = Pick<Dataset, "train"> & Partial<Dataset>;

/** Which images are held out. */
export interface HoldOutOptions {
  /** Test images, which the model has not seen, or training images; test images unless given, training images where there are no others. */
  readonly chooseOn?: "test" | "train";
  /** How many, at least 1; half of the test images or a tenth of the training images, at most 5,000, unless given. */
  readonly heldOut?: number;
}

/** A dataset in two parts. */
export interface HeldOut<D extends DefendDataset = DefendDataset> {
  /** The dataset without the images that are held out. */
  readonly dataset: D;
  /** What is chosen on. */
  readonly held: AnySplit;
}

/**
 * Takes some images of a dataset away, drawn at random, to choose an epoch on: no image is both chosen on and trained on, or chosen on
 * and measured on in the end. The same number of images gives the same parts.
 *
 * @throws {UserError} when there are no test images to choose on, fewer than 20 and no number is given, or no image would be left.
 */
export function holdOut<D extends DefendDataset>(
  dataset: D,
  { chooseOn = dataset.test?.count ? "test" : "train", heldOut }: HoldOutOptions = {},
): HeldOut<D> {
  const check = optionCheck("holding images out");
  check(Object.hasOwn(wordsFor, chooseOn), "chooseOn test or train", chooseOn);
  check(heldOut === undefined || isWhole(heldOut, 1), "heldOut a whole number from 1", heldOut);
  const words = `${wordsFor[chooseOn]} images`;
  const doing = `holding ${words} out`;
  const split = dataset[chooseOn];
  if (!split?.count) throw new UserError(`${doing}: expected ${words}, got none`);
  const { count } = split;
  if (chooseOn === "test" && heldOut === undefined && count < leastTest) {
    throw new UserError(
      `${doing}: expected at least ${leastTest}, to choose an epoch on half of them, got ${count}; choose on training images instead`,
    );
  }
  const share = chooseOn === "test" ? Math.floor(count / 2) : Math.ceil(count / 10);
  const taken = heldOut ?? Math.min(most, share);
  if (taken >= count) {
    throw new UserError(
      `${doing}: expected more than the ${taken} to choose on, got ${count}`,
    );
  }
  const order = shuffled(count, "held out");
  return {
    dataset: withRows(dataset, chooseOn, order.slice(taken).sort()),
    held: selectRows(split, order.subarray(0, taken)),
  };
}

const wordsFor = { test: "test", train: "training" } as const;

/** A dataset with some rows of one split only. */
function withRows<D extends DefendDataset>(
  dataset: D,
  cut: "train" | "test",
  rows: Uint32Array,
): D {
  const { toPixels, rowsToPixels } = dataset;
  const placeOf = (split: "train" | "test", index: number) => split === cut ? rows[index]! : index;
  const parts: Partial<Dataset> = {
    [cut]: selectRows(dataset[cut]!, rows),
    ...toPixels ? { toPixels: (x, split, index) => toPixels(x, split, placeOf(split, index)) } : {},
    ...rowsToPixels
      ? {
        rowsToPixels: (all, split, indices) =>
          rowsToPixels(all, split, indices.map((index) => placeOf(split, index))),
      }
      : {},
  };
  return withDatasetSummary({ ...dataset, ...parts });
}
