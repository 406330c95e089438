import type { CompiledFunction } from "../engine/engine.ts";
import type { Executable, Executables } from "../engine/executable.ts";

/** A function compiled for chunks of `size` rows, and the arrays that it is called with. */
export interface ChunkFunction {
  readonly size: number;
  readonly run: Executable;
  /** The array of a name: made at the first call, the same one at every call after it. */
  readonly buffer: (name: string, length: number) => Float32Array;
}

/** A function compiled for several sizes of chunks, the smallest first. */
export type ChunkFunctions = readonly ChunkFunction[];

/** A function for every size of a chunk, to be loaded in a program and found again by {@link chunkFunctions}. */
export function forSizes(
  name: string,
  sizes: readonly number[],
  compiled: (size: number) => CompiledFunction,
): Record<string, CompiledFunction> {
  return Object.fromEntries(sizes.map((size) => [`${name} ${size}`, compiled(size)]));
}

/** The compiled functions of {@link forSizes}. */
export function chunkFunctions(executables: Executables, name: string): ChunkFunctions {
  return Object.entries(executables)
    .flatMap(([key, run]) => {
      const [base, size] = key.split(" ");
      return base === name ? [{ size: Number(size), run, buffer: buffers() }] : [];
    })
    .sort((a, b) => a.size - b.size);
}

/** What a run costs besides its rows, in rows: the weights go through the caches whatever the chunk's size. */
const overhead = 6;

/** The function that takes most rows for what it costs. */
export function fitting(functions: ChunkFunctions, rows: number): ChunkFunction {
  const worth = ({ size }: ChunkFunction) => Math.min(rows, size) / (size + overhead);
  return functions.reduce((best, fn) => worth(fn) >= worth(best) ? fn : best);
}

function buffers(): ChunkFunction["buffer"] {
  const known = new Map<string, Float32Array>();
  return (name, length) => {
    const buffer = known.get(name) ?? new Float32Array(length);
    known.set(name, buffer);
    return buffer;
  };
}

/**
 * Moves items forward in chunks until all are done. Items that are not done go on in the next chunk, with fresh ones
 * in the places of those that are: chunks stay full however long each item takes.
 *
 * @param functions What moves a chunk: at the end, where few items are left, a small one.
 * @param advance Moves every item of a chunk one step, and says for each whether there is more to do.
 */
export async function advanceAll<T>(
  items: readonly T[],
  functions: ChunkFunctions,
  advance: (chunk: readonly T[], fn: ChunkFunction) => Promise<readonly boolean[]>,
): Promise<void> {
  let waiting = items;
  while (waiting.length > 0) {
    const fn = fitting(functions, waiting.length);
    const chunk = waiting.slice(0, fn.size);
    const unfinished = await advance(chunk, fn);
    waiting = [...chunk.filter((_, i) => unfinished[i]), ...waiting.slice(fn.size)];
  }
}

/** Copies rows into a buffer, the remaining places zero. */
export function fillRows(
  buffer: Float32Array,
  rows: readonly Float32Array[],
  length: number,
): Float32Array {
  rows.forEach((row, i) => buffer.set(row, i * length));
  return buffer.fill(0, rows.length * length);
}

/** The dropout masks of rows by name, in buffers of a chunk, the remaining places zero. */
export function fillMasks(
  { size, buffer }: ChunkFunction,
  rows: readonly { readonly masks: Readonly<Record<string, Float32Array>> }[],
): Record<string, Float32Array> {
  const names = Object.keys(rows[0]?.masks ?? {});
  return Object.fromEntries(names.map((name) => {
    const masks = rows.map((row) => row.masks[name]!);
    const length = masks[0]!.length;
    return [name, fillRows(buffer(name, size * length), masks, length)];
  }));
}

/** The position of the largest number: the first, where several are. */
export function argMax(numbers: ArrayLike<number>, from = 0, to = numbers.length): number {
  let best = from;
  for (let i = from + 1; i < to; i++) {
    if (numbers[i]! > numbers[best]!) best = i;
  }
  return best - from;
}
