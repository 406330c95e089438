import type { Routine } from "../../lib/engine/executable.ts";

/** Side of the square matrices whose product measures what a core can do. */
export const side = 1000;

/** GFLOP/s of repeated products, for about `ms` milliseconds. Function: `product`. */
export const peakShard: Routine<null, number, number> = ({ product }) => async (ms) => {
  const [a, b] = [1, 2].map((seed) =>
    Float32Array.from({ length: side * side }, (_, i) => Math.sin(seed * i))
  );
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < ms) {
    await product![side]!({ a: a!, b: b! });
    count++;
  }
  return 2e-9 * side ** 3 * count / ((performance.now() - started) / 1000);
};
