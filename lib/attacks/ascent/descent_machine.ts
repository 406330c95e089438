import { norm } from "../../compute/norms.ts";
import { type AttackRows, goalOf, type Machine } from "../attack_routine.ts";
import {
  type Ascent,
  ascentInputs,
  ascentResult,
  keep,
  startAt,
  type StepEnd,
  stepEndOf,
} from "./ascent_machine.ts";

/** The rows to attack, the starts and the number of steps. */
export interface DescentRows extends AttackRows {
  /** The perturbations to start from, [count, length]. */
  readonly starts: Float32Array;
  readonly steps: number;
}

/** A sample under attack; its perturbation is the smallest that fooled, or the last one while none has. */
export interface Descent extends Ascent {
  /** The norm of the smallest perturbation that fooled; infinite while none has. */
  smallest: number;
}

/**
 * The next radius of a sample that was fooled before.
 *
 * @param fooled Whether it is fooled where the step ended.
 * @param decay The next step's length relative to the first one's.
 */
export type RadiusRule<Rows> = (
  descent: Descent,
  fooled: boolean,
  decay: number,
  rows: Rows,
) => number;

/** The last step's length, relative to the first one's. */
const last = 0.01;

/**
 * The search for the smallest perturbation by steps that get shorter, each followed by the projection onto a ball whose radius
 * follows a rule; until a sample is fooled, the radius reaches the linearised boundary. `step` is a
 * compiled `ascentStep`.
 *
 * @param p The norm of the ball: 1, 2 or inf.
 */
export function descentMachine<Rows extends DescentRows>(
  p: number,
  radius: RadiusRule<Rows>,
): Machine<Descent, Rows> {
  return {
    begin(sample, { starts }) {
      const { row, x } = sample;
      const position = starts.slice(row * x.length, (row + 1) * x.length);
      const epsilon = norm(position, p);
      const stepSize = stepLength(epsilon, x.length, p);
      return { ...startAt(sample, position, { epsilon, stepSize }), smallest: Infinity };
    },
    inputs: ascentInputs,
    /** Keeps a perturbation that fooled, changes the radius and goes on to the next step; a descent ends after its last step. */
    advance(descent, outputs, rows) {
      const { steps, targets } = rows;
      const end = stepEndOf(outputs);
      const length = norm(end.delta, p);
      const fooled = goalOf(rows)(end.reached, descent.label);
      if (fooled ? length < descent.smallest : descent.smallest === Infinity) {
        keep(descent, end);
        if (fooled) descent.smallest = length;
      }
      if (descent.steps === steps) return false;
      const decay = annealed(descent.steps / steps);
      descent.epsilon = descent.smallest < Infinity
        ? radius(descent, fooled, decay, rows)
        : length + toBoundary(descent, end, targets !== undefined);
      descent.stepSize = decay * stepLength(descent.epsilon, descent.x.length, p);
      descent.position.set(end.next);
      descent.steps++;
      return true;
    },
    result: ascentResult,
  };
}

/** The first step's l2 norm. */
function stepLength(radius: number, length: number, p: number): number {
  return p === Infinity ? Math.sqrt(length) * radius : radius;
}

/** The distance to the linearised boundary. */
function toBoundary(
  { label }: Descent,
  { logits, slope }: StepEnd,
  towards: boolean,
): number {
  const missing = margin(logits, label) * (towards ? -1 : 1);
  return slope > 0 ? missing / slope : 0;
}

/** A cosine from 1 at time 0 to `last` at time 1. */
function annealed(time: number): number {
  return last + (1 - last) * (1 + Math.cos(Math.PI * time)) / 2;
}

/** How far a label's logit is above the largest other one. */
function margin(logits: Float32Array, label: number): number {
  return logits[label]! - Math.max(...logits.filter((_, k) => k !== label));
}
