import type { Split, StreamedSplit } from "../data/dataset.ts";
import { shuffled } from "../engine/random.ts";
import { selectRows } from "../data/select_rows.ts";
import { UserError } from "../engine/user_error.ts";

/** How many images are held out at most unless more are asked for. */
const most = 5000;

/** Training images in two parts. */
export interface HeldOut {
  /** What is trained on. */
  readonly train: Split | StreamedSplit;
  /** What is chosen on. */
  readonly held: Split | StreamedSplit;
}

/**
 * Takes some training images away, drawn at random, to choose on without looking at test images. The same number of images gives the same
 * parts. Where there are other images to choose on, all training images stay.
 *
 * @param doing What is being done, for the message: "defending lenet".
 * @param heldOut How many are held out, or the other images; a tenth, at most 5,000, unless given.
 * @throws {UserError} when no image would be left.
 */
export function holdOut(
  doing: string,
  split: Split | StreamedSplit,
  heldOut: number | Split | StreamedSplit = Math.min(most, Math.ceil(split.count / 10)),
): HeldOut {
  if (typeof heldOut !== "number") return { train: split, held: heldOut };
  if (heldOut >= split.count) {
    throw new UserError(
      `${doing}: expected more training images than the ${heldOut} that are held out, got ${split.count}`,
    );
  }
  const order = shuffled(split.count, "held out");
  return {
    train: selectRows(split, order.subarray(heldOut)),
    held: selectRows(split, order.subarray(0, heldOut)),
  };
}
