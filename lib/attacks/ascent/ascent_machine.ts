import type { Arrays } from "../../engine/executable.ts";
import { classOf } from "../../compute/check_logits.ts";
import { type Columns, copied, oneHot, single } from "../../compute/chunk_function.ts";
import type { Result, Sample } from "../attack_routine.ts";

/** A sample on its way up. */
export interface Ascent extends Sample {
  /** Where the last step led, before the projection into the ball. */
  readonly position: Float32Array;
  /** The ball's radius. */
  epsilon: number;
  /** The next step's length. */
  stepSize: number;
  /** Steps taken. */
  steps: number;
  /** The attack's result. */
  readonly perturbation: Float32Array;
  /** The class predicted at x + perturbation. */
  reached: number;
}

/** The end of a step: views of memory that the next step overwrites. */
export interface StepEnd {
  /** The perturbation, in the ball. */
  readonly delta: Float32Array;
  /** The logits at x + delta. */
  readonly logits: Float32Array;
  /** The class predicted at x + delta; NaN where the logits are not finite. */
  readonly reached: number;
  /** Where the next step leads. */
  readonly next: Float32Array;
  /** The dual norm of the gradient at x + delta. */
  readonly slope: number;
}

/** A sample before its first step, at a position that may lie outside of the ball. */
export function startAt(
  sample: Sample,
  position: Float32Array,
  { epsilon, stepSize }: Pick<Ascent, "epsilon" | "stepSize">,
): Ascent {
  const perturbation = new Float32Array(sample.x.length);
  return { ...sample, position, epsilon, stepSize, steps: 0, perturbation, reached: sample.label };
}

/** The inputs of a compiled `ascentStep`. */
export const ascentInputs: Columns<Ascent> = {
  x: copied(({ x }) => x),
  position: copied(({ position }) => position),
  target: oneHot(({ label }) => label),
  epsilon: single(({ epsilon }) => epsilon),
  stepSize: single(({ stepSize }) => stepSize),
};

/** The outputs of a compiled `ascentStep`. */
export function stepEndOf(outputs: Arrays): StepEnd {
  const { delta, next, logits, slope } = outputs as Record<string, Float32Array>;
  return {
    delta: delta!,
    next: next!,
    logits: logits!,
    slope: slope![0]!,
    reached: classOf(logits!),
  };
}

/** Keeps the end of a step as the attack's result. */
export function keep(ascent: Ascent, { delta, reached }: StepEnd): void {
  ascent.perturbation.set(delta);
  ascent.reached = reached;
}

/** How an ascent ended. */
export function ascentResult({ perturbation, reached, steps }: Ascent, into: Float32Array): Result {
  into.set(perturbation);
  return { reached, iterations: steps };
}
