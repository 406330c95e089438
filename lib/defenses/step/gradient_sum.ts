import type { Arrays } from "../../engine/executable.ts";
import { allFinite } from "../../engine/finite.ts";
import { prefixed } from "../../networks/network_function.ts";

/** A gradient that functions add to, chunk after chunk. */
export interface GradientSum {
  /** Begins at zero; the arrays are as long as the parameters. */
  readonly begin: (weights: Arrays) => void;
  /**
   * Runs a function that adds its gradient.
   *
   * @param names The parameters that it has a gradient for.
   * @param run Calls the function with the inputs `sum:NAME`; the outputs `gradient:NAME` are written into arrays.
   */
  readonly add: <T>(
    names: readonly string[],
    run: (sums: Arrays, gradients: Arrays) => Promise<T>,
  ) => Promise<T>;
  /** The sum by parameter, which is the receiver's from now on, and whether all its numbers are finite. */
  readonly total: () => { readonly gradients: Arrays; readonly finite: boolean };
}

/**
 * Makes a sum. Two sets of arrays take turns as a function's inputs and outputs: onnxruntime keeps other values in an output's memory
 * before it computes the output, so that it cannot be an input's memory too.
 *
 * @param summed The parameters whose gradient it is, and the buffers that are measured.
 */
export function gradientSum(summed: readonly string[]): GradientSum {
  let current: Record<string, Float32Array> = {};
  let next: Record<string, Float32Array> = {};
  return {
    begin(weights) {
      const own = Object.fromEntries(summed.map((name) => [name, weights[name]!]));
      current = zerosLike(own);
      if (Object.keys(next).length === 0) next = zerosLike(own);
    },
    async add(names, run) {
      const of = (arrays: Arrays) => Object.fromEntries(names.map((name) => [name, arrays[name]!]));
      const result = await run(prefixed("sum", of(current)), prefixed("gradient", of(next)));
      for (const name of names) [current[name], next[name]] = [next[name]!, current[name]!];
      return result;
    },
    total: () => ({
      gradients: current,
      finite: Object.values(current).every(allFinite),
    }),
  };
}

/** Arrays of zeros, as long as others. */
export function zerosLike(arrays: Arrays): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { length }]) => [name, new Float32Array(length)]),
  );
}
