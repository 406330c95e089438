import type { StopOptions } from "../engine/stop.ts";
import type { Within } from "./within.ts";

/** Attacked samples, one entry each. */
export interface Attacked {
  /** How many samples. */
  readonly count: number;
  /** Delta_x, [count, ...inputShape]. */
  readonly perturbations: Float32Array;
  /** ||Delta_x||_p, in the attack's norm. */
  readonly norms: Float32Array;
  /** ||Delta_x||_p / ||x||_p; NaN where ||x||_p = 0. */
  readonly ratios: Float32Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /**
   * 1 where the attack's goal holds at x + Delta_x: the class predicted there is the target where there is one, else not
   * the label to leave, which is the true one where labels are given and the predicted one where not. A sample whose goal
   * holds at x already is fooled with Delta_x = 0.
   */
  readonly fooled: Uint16Array;
  /**
   * 1 where the gradient that the attack follows was exactly 0 at a point where the goal did not hold: there it had no direction to
   * step in. Missing for attacks that do not report it.
   */
  readonly zeroGradients?: Uint16Array;
}

/** What an attack that looks for the smallest perturbation returns in addition. */
export interface MinimumNormAttacked extends Attacked {
  /** Iterations that each sample took. */
  readonly iterations: Uint16Array;
  /** ||Delta_x||_p / ||x||_p at an earlier iteration limit; equal to `ratios` where none was asked for. */
  readonly earlierRatios: Float32Array;
}

/** The result of an attack with a bound: without the fields that only a search for the smallest perturbation has. */
export function bounded(
  { iterations: _iterations, earlierRatios: _ratios, ...attacked }: MinimumNormAttacked,
): Attacked {
  return attacked;
}

/** The options that all attacks have. */
export interface AttackOptions extends StopOptions {
  /** The classes to leave, usually the true ones, [count]; the predicted ones unless given. */
  readonly labels?: Uint16Array | undefined;
  /** The classes to reach, [count], in place of labels to leave; none unless given. */
  readonly targets?: Uint16Array | undefined;
  /**
   * The box that x + Delta_x stays in, at every step: {low: 0, high: 255} for a model that takes pixels. The images have to lie in
   * it. None unless given.
   */
  readonly within?: Within | undefined;
  /** Called as samples are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}
