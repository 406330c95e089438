import { norm } from "../../compute/norms.ts";
import { normal } from "../../engine/random.ts";

/**
 * A random point of the p-ball of radius epsilon around 0, uniform over its volume.
 *
 * @param p The norm of the ball: 2 or inf.
 * @param uniform Uniform numbers on [0, 1), such as a stream of `random`.
 * @returns [length].
 */
export function randomInBall(
  length: number,
  epsilon: number,
  p: number,
  uniform: () => number,
): Float32Array {
  if (p === Infinity) return Float32Array.from({ length }, () => epsilon * (2 * uniform() - 1));
  const radius = epsilon * uniform() ** (1 / length);
  const direction = Float32Array.from({ length }, normal(uniform));
  const scale = radius / norm(direction);
  return direction.map((value) => scale * value);
}
