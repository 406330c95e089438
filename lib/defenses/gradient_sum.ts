import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Executable } from "../engine/executable.ts";
import { allFinite } from "../engine/finite.ts";
import { copier, sharedFloats } from "../engine/shared_memory.ts";

/** A gradient that functions add to, chunk after chunk. Its memory is the same for every step. */
export interface GradientSum {
  /** Sets it to zero; the arrays are as long as the parameters. */
  readonly clear: (weights: Arrays) => void;
  /**
   * Runs a function that adds its gradient, from the inputs `sum:NAME` to the outputs `gradient:NAME`.
   *
   * @param into Arrays for the function's other outputs.
   * @param names The parameters that it has a gradient for; all unless said otherwise.
   */
  readonly add: (
    fn: Executable,
    inputs: Arrays,
    into: Arrays,
    names?: readonly string[],
  ) => Promise<void>;
  /** The sum in shared memory, by parameter, until the next step, and whether all its numbers are finite. */
  readonly total: () => { readonly gradients: Arrays; readonly finite: boolean };
}

/**
 * Makes a sum. Two sets of arrays take turns: what a function adds to and what it gives.
 *
 * @param trained The parameters that it is the gradient in.
 */
export function gradientSum(trained: readonly string[]): GradientSum {
  const share = copier(sharedFloats);
  let current: Record<string, Float32Array> = {};
  let next: Record<string, Float32Array> = {};
  return {
    clear(weights) {
      if (Object.keys(current).length === 0) {
        const own = Object.fromEntries(trained.map((name) => [name, weights[name]!]));
        [current, next] = [zerosLike(own), zerosLike(own)];
      }
      Object.values(current).forEach((sum) => sum.fill(0));
    },
    async add(fn, inputs, into, names = trained) {
      await fn(
        { ...inputs, ...prefixed("sum", current, names) },
        { ...into, ...prefixed("gradient", next, names) },
      );
      for (const name of names) [current[name], next[name]] = [next[name]!, current[name]!];
    },
    total: () => ({
      gradients: share(current),
      finite: Object.values(current).every(allFinite),
    }),
  };
}

/** Arrays of zeros beside others. */
export function zerosLike(arrays: Arrays): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { length }]) => [name, new Float32Array(length)]),
  );
}

function prefixed(prefix: string, arrays: Arrays, names: readonly string[]): Arrays {
  return Object.fromEntries(names.map((name) => [`${prefix}:${name}`, arrays[name]!]));
}
