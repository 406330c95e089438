import { norm } from "../../compute/norms.ts";
import { normal } from "../../engine/random.ts";

/**
 * A random vector of a given p-norm: uniform numbers for p = inf, otherwise normal ones, scaled to that norm.
 *
 * @param uniform Uniform numbers on [0, 1), such as a stream of `random`.
 * @returns [length].
 */
export function randomOnSphere(
  length: number,
  radius: number,
  p: number,
  uniform: () => number,
): Float32Array {
  const draw = p === Infinity ? () => 2 * uniform() - 1 : normal(uniform);
  const direction = Float64Array.from({ length }, draw);
  const scale = radius / norm(direction, p);
  return Float32Array.from(direction, (value) => scale * value);
}
