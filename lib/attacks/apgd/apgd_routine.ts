import { classOf } from "../../compute/check_logits.ts";
import { copied, oneHot, single } from "../../compute/chunk_function.ts";
import { norm } from "../../compute/norms.ts";
import type { RowMemory } from "../../compute/row_memory.ts";
import { random } from "../../engine/random.ts";
import type { Arrays } from "../../engine/executable.ts";
import {
  attackRoutine,
  type AttackRows,
  type AttackSettings,
  goalOf,
  type Machine,
  type Sample,
} from "../attack_routine.ts";
import { type ApgdLoss, lossValues } from "./apgd_loss.ts";
import { decreasing } from "./decreasing.ts";
import { halvingRule } from "./halving_rule.ts";
import { randomOnSphere } from "./random_on_sphere.ts";

/** The radius, the number of steps and the starts. */
export interface ApgdPlan {
  readonly epsilon: number;
  readonly steps: number;
  /** Starts; for the targeted loss, for each class to reach. */
  readonly restarts: number;
  /** For the targeted loss, how many of the most likely other classes are tried in turn. */
  readonly targetClasses: number;
  readonly seed: number;
}

/** The rows to attack, and the settings. */
export interface ApgdRows extends AttackRows, ApgdPlan {}

/** The routine's settings. */
export interface ApgdSettings extends AttackSettings {
  readonly loss: ApgdLoss;
}

/** A point that an attack reached. */
interface Point {
  readonly delta: Float32Array;
  /** The steepest direction there. */
  readonly direction: Float32Array;
  loss: number;
  /** The class predicted there; NaN where logits or gradient are not finite. */
  reached: number;
}

/** A sample under attack. */
interface Climb extends Sample {
  readonly epsilon: number;
  /** For each start, the class to reach with the targeted loss. */
  readonly goals: readonly number[];
  /** Starts before this one. */
  starts: number;
  /** Steps from this start; -1 before the start itself is evaluated. */
  steps: number;
  stepSize: number;
  /** Where it is. */
  readonly current: Point;
  /** Where it was before the last step. */
  readonly previous: Float32Array;
  /** Where the loss was largest, from this start. */
  readonly best: Point;
  /** The result: where the loss was largest from any start, or where the attack succeeded. */
  readonly strongest: Point;
  /** Says when to halve the step size. */
  halves: (loss: number) => boolean;
  /** Whether the gradient was exactly 0 somewhere. */
  isFlat: boolean;
}

/** The share of the last step that the next one keeps. */
const inertia = 0.25;

/** APGD on a shard; `step` is a compiled `apgdStep`. */
export const apgdShard = attackRoutine((
  settings: ApgdSettings,
  memory: RowMemory,
): Machine<Climb, ApgdRows> => ({
  begin(sample, plan) {
    const climb = climbOf(sample, plan, memory);
    startAnew(climb, plan, settings);
    return climb;
  },
  inputs: {
    x: copied(({ x }) => x),
    position: copied(({ current }) => current.delta),
    previous: copied(({ previous }) => previous),
    heading: copied(({ current }) => current.direction),
    label: oneHot(({ label }) => label),
    ...(settings.loss === "targeted dlr" ? { goal: oneHot(goalClass) } : {}),
    epsilon: single(({ epsilon }) => epsilon),
    stepSize: single(({ stepSize }) => stepSize),
    inertia: single(({ steps }) => steps > 0 ? inertia : 0),
  },
  /** Goes to the next step or start; a climb ends where it succeeds, or after the last step from the last start. */
  advance(climb, outputs, plan) {
    move(climb, outputs, plan, settings);
    const { current, strongest, best } = climb;
    if (isNaN(current.reached) || goalOf(plan)(current.reached, climb.label)) {
      copyPoint(current, strongest);
      return false;
    }
    if (outputs.slope![0] === 0) climb.isFlat = true;
    learn(climb, plan);
    if (climb.steps < plan.steps) return true;
    if (best.loss > strongest.loss) copyPoint(best, strongest);
    if (++climb.starts === climb.goals.length) return false;
    startAnew(climb, plan, settings);
    return true;
  },
  result({ strongest: { delta, reached } }, perturbation) {
    perturbation.set(delta);
    return { reached };
  },
  isFlat: ({ isFlat }) => isFlat,
}));

function climbOf(sample: Sample, plan: ApgdPlan, { take }: RowMemory): Climb {
  const { x, label, logits } = sample;
  const point = (): Point => ({
    delta: take(x.length).fill(0),
    direction: take(x.length).fill(0),
    loss: -Infinity,
    reached: classOf(logits),
  });
  const others = decreasing(logits).filter((k) => k !== label).slice(0, plan.targetClasses);
  return {
    ...sample,
    epsilon: plan.epsilon,
    goals: others.flatMap((k) => Array<number>(plan.restarts).fill(k)),
    starts: 0,
    steps: -1,
    stepSize: 0,
    current: point(),
    previous: take(x.length),
    best: point(),
    strongest: point(),
    halves: () => false,
    isFlat: false,
  };
}

/** The class to reach from this start. */
function goalClass({ goals, starts }: Climb): number {
  return goals[starts]!;
}

/** Puts a climb at a random point of its sphere. The random numbers depend on the sample's norm, not on the batch that it is in. */
function startAnew(climb: Climb, { seed }: ApgdPlan, { loss, p }: ApgdSettings): void {
  const { x, current, previous, starts } = climb;
  const uniform = random("apgd start", loss, seed, starts, norm(x));
  randomOnSphere(current.delta, climb.epsilon, p, uniform);
  current.direction.fill(0);
  previous.fill(0);
  climb.steps = -1;
  climb.stepSize = 0;
}

/** Puts a climb where its step ended. */
function move(climb: Climb, outputs: Arrays, { targets }: ApgdRows, { loss }: ApgdSettings): void {
  const { current, previous, label } = climb;
  const { delta, direction, logits, slope } = outputs as Record<string, Float32Array>;
  previous.set(current.delta);
  current.delta.set(delta!);
  current.direction.set(direction!);
  current.reached = isFinite(slope![0]!) ? classOf(logits!) : NaN;
  const value = lossValues[loss](logits!, { label, goal: goalClass(climb) });
  current.loss = targets ? -value : value;
  climb.steps++;
}

/** Begins at the start; keeps the best point, and returns there with half the step size when the rule says so. */
function learn(climb: Climb, { steps, epsilon }: ApgdPlan): void {
  const { current, best } = climb;
  if (climb.steps === 0) {
    climb.stepSize = 2 * epsilon;
    climb.halves = halvingRule(steps, current.loss);
    copyPoint(current, best);
    return;
  }
  if (current.loss > best.loss) copyPoint(current, best);
  if (climb.halves(current.loss)) {
    climb.stepSize /= 2;
    copyPoint(best, current);
  }
}

function copyPoint(from: Point, to: Point): void {
  to.delta.set(from.delta);
  to.direction.set(from.direction);
  to.loss = from.loss;
  to.reached = from.reached;
}
