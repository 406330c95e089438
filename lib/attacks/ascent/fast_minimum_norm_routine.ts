import { norm } from "../../compute/norms.ts";
import { attackRoutine, type AttackRows, goalOf, type Machine } from "../attack_routine.ts";
import {
  type Ascent,
  ascentInputs,
  keep,
  type Outcome,
  outcomeOf,
  resultOf,
  startAt,
} from "./ascent_machine.ts";

/** The rows to attack, from where, and how long. */
export interface MinimumNormRows extends AttackRows {
  /** The perturbations to start from, [count, length]. */
  readonly starts: Float32Array;
  readonly steps: number;
}

/** The first step's length, relative to the radius. */
const firstStep = 1;
/** The first change of the radius, relative to it. */
const firstChange = 0.05;
/** The last step's length and the last change, relative to the first ones. */
const last = 0.01;

/** A sample under attack; its perturbation is the smallest that fooled, or the last one as long as none did. */
interface Descent extends Ascent {
  /** The norm of the smallest perturbation that fooled; infinite as long as none did. */
  smallest: number;
}

/** The fast minimum-norm attack on a shard; `step` is a compiled `ascentStep`. */
export const minimumNormShard = attackRoutine((): Machine<Descent, MinimumNormRows> => ({
  begin(sample, { starts }) {
    const { row, x } = sample;
    const position = starts.slice(row * x.length, (row + 1) * x.length);
    const epsilon = norm(position);
    const start = startAt(sample, position, { epsilon, stepSize: firstStep * epsilon });
    return { ...start, smallest: Infinity };
  },
  inputs: ascentInputs,
  /** Keeps what fooled, changes the radius and moves on; a descent ends after its last step. */
  advance(descent, outputs, rows) {
    const { steps, targets } = rows;
    const outcome = outcomeOf(outputs);
    const length = norm(outcome.delta);
    const fooled = goalOf(rows)(outcome.reached, descent.label);
    if (fooled ? length < descent.smallest : descent.smallest === Infinity) {
      keep(descent, outcome);
      if (fooled) descent.smallest = length;
    }
    const share = annealed(descent.steps / steps);
    const change = firstChange * share;
    descent.epsilon = fooled
      ? Math.min((1 - change) * descent.epsilon, descent.smallest)
      : nextRadius(descent, outcome, { length, change, towards: targets !== undefined });
    descent.stepSize = firstStep * share * descent.epsilon;
    descent.position.set(outcome.next);
    return descent.steps++ < steps;
  },
  result: resultOf,
}));

/** A larger radius where the sample is not fooled; as far as the linearised boundary as long as it never was. */
function nextRadius(
  { epsilon, label, smallest }: Descent,
  { logits, slope }: Outcome,
  { length, change, towards }: {
    readonly length: number;
    readonly change: number;
    readonly towards: boolean;
  },
): number {
  if (smallest < Infinity) return (1 + change) * epsilon;
  const missing = margin(logits, label) * (towards ? -1 : 1);
  return length + (slope > 0 ? missing / slope : 0);
}

/** A cosine from 1 at time 0 to `last` at time 1. */
function annealed(time: number): number {
  return last + (1 - last) * (1 + Math.cos(Math.PI * time)) / 2;
}

/** How far a label's logit is above the largest other one. */
function margin(logits: Float32Array, label: number): number {
  return logits[label]! - Math.max(...logits.filter((_, k) => k !== label));
}
