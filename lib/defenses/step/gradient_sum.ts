import type { Arrays } from "../../engine/executable.ts";
import { allFinite } from "../../engine/finite.ts";
import { copier, isWorker, sharedFloats } from "../../engine/shared_memory.ts";
import { prefixed } from "../../networks/network_function.ts";

/** A gradient that functions add to, chunk after chunk. Its memory is the same for every step. */
export interface GradientSum {
  /** Sets it to zero; the arrays are as long as the parameters. */
  readonly clear: (weights: Arrays) => void;
  /**
   * Runs a function that adds its gradient.
   *
   * @param names The parameters that it has a gradient for.
   * @param run Calls the function with the inputs `sum:NAME` and the arrays that the outputs `gradient:NAME` are written into.
   */
  readonly add: <T>(
    names: readonly string[],
    run: (sums: Arrays, gradients: Arrays) => Promise<T>,
  ) => Promise<T>;
  /** The sum, by parameter, where the main thread can read it, until the next step; and whether all its numbers are finite. */
  readonly total: () => { readonly gradients: Arrays; readonly finite: boolean };
}

/**
 * Makes a sum. A function's outputs are written over its inputs: each number of an output is the input's plus a term, so that nothing
 * reads the input later, and large networks need the memory once.
 *
 * @param summed The parameters whose gradient it is, and the buffers that are measured.
 */
export function gradientSum(summed: readonly string[]): GradientSum {
  const passOn = isWorker ? copier(sharedFloats) : (arrays: Arrays) => arrays;
  let sums: Record<string, Float32Array> = {};
  return {
    clear(weights) {
      if (Object.keys(sums).length === 0) {
        sums = zerosLike(Object.fromEntries(summed.map((name) => [name, weights[name]!])));
      }
      Object.values(sums).forEach((sum) => sum.fill(0));
    },
    add(names, run) {
      const own = Object.fromEntries(names.map((name) => [name, sums[name]!]));
      return run(prefixed("sum", own), prefixed("gradient", own));
    },
    total: () => ({
      gradients: passOn(sums),
      finite: Object.values(sums).every(allFinite),
    }),
  };
}

/** Arrays of zeros, as long as others. */
export function zerosLike(arrays: Arrays): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { length }]) => [name, new Float32Array(length)]),
  );
}
