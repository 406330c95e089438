import { advanceAll } from "../../compute/advance_all.ts";
import { type ChunkFunctions, type Columns, copied, oneHot } from "../../compute/chunk_function.ts";
import type { Arrays } from "../../engine/executable.ts";

/** A sample and its true class. */
export interface Labelled {
  readonly x: Float32Array;
  readonly label: number;
}

/**
 * The signs of the loss's gradient at every sample, with a compiled `lossSign`.
 *
 * @param take Called with each sample's signs: a view that is overwritten afterwards.
 * @param columns Further inputs, such as dropout's masks.
 */
export async function signsOf<Item extends Labelled>(
  lossSign: ChunkFunctions,
  items: readonly Item[],
  weights: Arrays,
  take: (item: Item, sign: Float32Array) => void,
  columns: Columns<Item> = {},
): Promise<void> {
  const inputs = { ...columns, ...labelledColumns };
  await advanceAll(items, lossSign, {
    call: (fn, rows) => fn.call(rows, weights, inputs),
    advance: (item, { sign }) => {
      take(item, sign!);
      return false;
    },
  });
}

/** The inputs of a function of labelled samples. */
export const labelledColumns: Columns<Labelled> = {
  x: copied(({ x }) => x),
  target: oneHot(({ label }) => label),
};
