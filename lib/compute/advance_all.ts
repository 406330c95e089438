import type { Arrays } from "../engine/executable.ts";
import type { ChunkFunction, ChunkFunctions } from "./chunk_function.ts";

/** How items are moved forward. */
export interface Advance<Item> {
  /** Runs the function on a chunk of items; what it gives for each. */
  readonly call: (fn: ChunkFunction, items: readonly Item[]) => Promise<readonly Arrays[]>;
  /** Moves an item on by what the function gave for it; whether there is more to do. */
  readonly advance: (item: Item, outputs: Arrays) => boolean;
}

/**
 * Moves items forward in chunks until all are done. Items that are not done go on in the next chunk, with fresh ones
 * in the places of those that are: chunks stay full however long each item takes.
 *
 * @param functions What moves a chunk: at the end, where few items are left, a small one.
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

/** What a run costs besides its rows, in rows: the weights go through the caches whatever the chunk's size. */
const overhead = 6;

/** The function that takes most rows for what it costs. */
export function fitting<Sized extends Pick<ChunkFunction, "size">>(
  functions: readonly Sized[],
  rows: number,
): Sized {
  const worth = ({ size }: Sized) => Math.min(rows, size) / (size + overhead);
  return functions.reduce((best, fn) => worth(fn) >= worth(best) ? fn : best);
}
