import type { Arrays } from "../attacks/deepfool_search.ts";
import type { Executable } from "../engine/executable.ts";

/** A gradient that functions add to, chunk after chunk. */
export interface GradientSum {
  /**
   * Runs a function that adds its gradient, from the inputs `sum:NAME` to the outputs `gradient:NAME`.
   *
   * @returns The function's outputs.
   */
  readonly add: (fn: Executable, inputs: Arrays) => Promise<Arrays>;
  /** The sum so far, by parameter. */
  readonly total: () => Arrays;
}

/** A sum that begins at zero. Two sets of arrays take turns, so that a chunk allocates none. */
export function gradientSum(weights: Arrays): GradientSum {
  let [current, next] = [zerosLike(weights), zerosLike(weights)];
  return {
    async add(fn, inputs) {
      const outputs = await fn(
        { ...inputs, ...prefixed("sum", current) },
        prefixed("gradient", next),
      );
      [current, next] = [next, current];
      return outputs;
    },
    total: () => current,
  };
}

/** Arrays of zeros beside others. */
export function zerosLike(arrays: Arrays): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { length }]) => [name, new Float32Array(length)]),
  );
}

function prefixed(prefix: string, arrays: Arrays): Arrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [`${prefix}:${name}`, array]),
  );
}
