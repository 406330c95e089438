import { createHash } from "node:crypto";
import type { Numbers } from "./cases.ts";

/** What is kept of an array. */
export interface Summary {
  readonly length: number;
  /** The Euclidean norm. */
  readonly norm: number;
  /** Up to 16 of its numbers, evenly spaced. */
  readonly sample: readonly number[];
  /** Of its bytes: the same bits on the same kind of processor. */
  readonly sha256: string;
}

/** What is kept of named arrays. */
export function summarize(numbers: Numbers): Record<string, Summary> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, values]) => [name, summaryOf(values)]),
  );
}

function summaryOf(values: ArrayLike<number>): Summary {
  const numbers = Float64Array.from(values);
  const samples = Math.min(16, numbers.length);
  return {
    length: numbers.length,
    norm: Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0)),
    sample: Array.from(
      { length: samples },
      (_, i) => numbers[Math.floor(i * numbers.length / samples)]!,
    ),
    sha256: createHash("sha256").update(new Uint8Array(numbers.buffer)).digest("hex").slice(0, 16),
  };
}
