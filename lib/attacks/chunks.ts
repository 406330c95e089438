/**
 * Moves items forward in chunks of at most `size` until all are done. Items that are not done stay in the
 * chunk, and fresh ones take the places of those that are: chunks stay full however long each item takes.
 *
 * @param advance Moves every item of a chunk one step, and says for each whether there is more to do.
 */
export async function advanceAll<T>(
  items: readonly T[],
  size: number,
  advance: (chunk: readonly T[]) => Promise<readonly boolean[]>,
): Promise<void> {
  let next = 0;
  let chunk: T[] = [];
  while (chunk.length > 0 || next < items.length) {
    const fresh = items.slice(next, next + size - chunk.length);
    next += fresh.length;
    chunk = [...chunk, ...fresh];
    const unfinished = await advance(chunk);
    chunk = chunk.filter((_, i) => unfinished[i]);
  }
}

/** Copies rows into a buffer of `size` rows, the remaining ones zero. */
export function fillRows(
  buffer: Float32Array,
  rows: readonly Float32Array[],
  length: number,
): Float32Array {
  rows.forEach((row, i) => buffer.set(row, i * length));
  return buffer.fill(0, rows.length * length);
}

/** The position of the largest number: the first, where several are. */
export function argMax(numbers: ArrayLike<number>, from = 0, to = numbers.length): number {
  let best = from;
  for (let i = from + 1; i < to; i++) {
    if (numbers[i]! > numbers[best]!) best = i;
  }
  return best - from;
}
