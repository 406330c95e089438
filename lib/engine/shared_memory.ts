import type { Arrays } from "./executable.ts";

/** A float32 array in shared memory. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** The array itself if threads can share it, else a copy that they can. */
export function shared<T extends Float32Array | Uint16Array>(data: T): T {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const memory = new SharedArrayBuffer(data.byteLength);
  const copy = data instanceof Float32Array ? new Float32Array(memory) : new Uint16Array(memory);
  copy.set(data);
  return copy as T;
}

/**
 * Copies named arrays into the same arrays of this thread at every call: onnxruntime does not compute in memory that threads
 * share, and allocating at every step costs more than the computation.
 */
export function copier(): (arrays: Arrays) => Arrays {
  const copies = new Map<string, Float32Array>();
  return (arrays) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, data]) => {
        const known = copies.get(name);
        const copy = known?.length === data.length ? known : new Float32Array(data.length);
        copies.set(name, copy);
        copy.set(data);
        return [name, copy];
      }),
    );
}

/** A thread's part of a batch or block: rows `from` to `to`, the last excluded. */
export interface Shard {
  /** The first row. */
  readonly from: number;
  /** The row after the last. */
  readonly to: number;
}

/**
 * Splits rows into one shard per worker, of equal sizes as far as possible.
 *
 * @param group The rows, from the first, that stay together; 1 unless given.
 */
export function shards(rows: number, workers: number, group = 1): Shard[] {
  const groups = Math.ceil(rows / group);
  const start = (i: number) => Math.min(rows, group * Math.floor(groups * i / workers));
  return Array.from({ length: workers }, (_, i) => ({ from: start(i), to: start(i + 1) }))
    .filter(({ from, to }) => to > from);
}
