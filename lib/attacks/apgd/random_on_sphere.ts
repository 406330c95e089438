import { norm } from "../../compute/norms.ts";
import { normal } from "../../engine/random.ts";

/**
 * A random point of p-norm epsilon, where APGD starts: numbers that are uniform on [-1, 1) for p = inf and normal for p = 2, scaled
 * to that norm.
 *
 * @param into Takes the point.
 * @param epsilon The norm, >= 0.
 * @param p 2 or inf.
 * @param uniform Uniform numbers on [0, 1), such as a stream of `random`.
 */
export function randomOnSphere(
  into: Float32Array,
  epsilon: number,
  p: number,
  uniform: () => number,
): void {
  const next = p === Infinity ? () => 2 * uniform() - 1 : normal(uniform);
  for (let i = 0; i < into.length; i++) into[i] = next();
  const length = norm(into, p);
  for (let i = 0; i < into.length; i++) into[i]! *= length > 0 ? epsilon / length : 0;
}
