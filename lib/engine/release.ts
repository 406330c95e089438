import type { Arrays } from "./executable.ts";

/**
 * Frees an array's memory at once; memory that threads share stays. Left to the garbage collector, arrays grow to hundreds of
 * megabytes between two collections.
 */
export function release({ buffer }: Float32Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Releases every array of every set. */
export function releaseAll(sets: readonly Arrays[]): void {
  for (const arrays of sets) Object.values(arrays).forEach(release);
}
