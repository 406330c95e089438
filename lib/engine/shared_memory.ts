/** A float32 array that threads can share without copying. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** The array itself if threads can share it, else a copy that they can. */
export function shared(data: Float32Array): Float32Array {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const copy = sharedFloats(data.length);
  copy.set(data);
  return copy;
}

/** Copies of shared arrays that belong to this thread: what a routine computes with several times is copied once. */
export function ownArrays(
  arrays: Readonly<Record<string, Float32Array>>,
): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, data.slice()]));
}

/** A part of a batch: rows `from` to `to`, the last excluded. */
export interface Shard {
  /** The first row. */
  readonly from: number;
  /** The row after the last. */
  readonly to: number;
}

/** Splits rows into as equal parts as there are workers. */
export function shards(rows: number, workers: number): Shard[] {
  return Array.from({ length: workers }, (_, i) => ({
    from: Math.floor(rows * i / workers),
    to: Math.floor(rows * (i + 1) / workers),
  })).filter(({ from, to }) => to > from);
}
