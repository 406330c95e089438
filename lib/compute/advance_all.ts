import type { Arrays } from "../engine/executable.ts";
import type { ChunkFunction, ChunkFunctions } from "./chunk_function.ts";

/** How items are advanced. */
export interface Advance<Item> {
  /** Runs the function on a chunk of items; returns its outputs for each. */
  readonly call: (fn: ChunkFunction, items: readonly Item[]) => Promise<readonly Arrays[]>;
  /** Advances an item by the function's outputs for it; returns whether there is more to do. */
  readonly advance: (item: Item, outputs: Arrays) => boolean;
}

/**
 * Advances items in chunks until all are done. Items that are not done continue in the next chunk, and new ones
 * take the places of those that are: chunks stay full however long each item takes.
 *
 * @param functions The functions for a chunk, by size: at the end, when few items are left, a small one is used.
 */
export async function advanceAll<Item>(
  items: readonly Item[],
  functions: ChunkFunctions,
  { call, advance }: Advance<Item>,
): Promise<void> {
  let waiting = items;
  while (waiting.length > 0) {
    const fn = fitting(functions, waiting.length);
    const chunk = waiting.slice(0, fn.size);
    const outputs = await call(fn, chunk);
    const unfinished = chunk.filter((item, i) => advance(item, outputs[i]!));
    waiting = [...unfinished, ...waiting.slice(fn.size)];
  }
}

/** The fixed cost of a call, in rows: the weights go through the caches whatever the chunk's size. */
const overhead = 6;

/** The function with the most rows for its cost. */
export function fitting<Sized extends Pick<ChunkFunction, "size">>(
  functions: readonly Sized[],
  rows: number,
): Sized {
  const worth = ({ size }: Sized) => Math.min(rows, size) / (size + overhead);
  return functions.reduce((best, fn) => worth(fn) >= worth(best) ? fn : best);
}
