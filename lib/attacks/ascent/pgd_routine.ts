import { norm } from "../../compute/norms.ts";
import { random } from "../../engine/random.ts";
import {
  attackRoutine,
  type AttackRows,
  type AttackSettings,
  goalOf,
  type Machine,
} from "../attack_routine.ts";
import {
  type Ascent,
  ascentInputs,
  ascentResult,
  keep,
  startAt,
  stepEndOf,
} from "./ascent_machine.ts";
import { randomInBall } from "./random_in_ball.ts";

/** The radius, the number of steps and the starts. */
export interface PgdPlan {
  readonly epsilon: number;
  readonly steps: number;
  readonly stepSize: number;
  readonly restarts: number;
  /** Whether the first start is random too; the others always are. */
  readonly randomStart: boolean;
  readonly seed: number;
}

/** The rows to attack, and the settings. */
export interface PgdRows extends AttackRows, PgdPlan {}

/** A sample under attack. */
interface Walk extends Ascent {
  /** Starts after the first one. */
  restarts: number;
}

/** Projected gradient descent on a shard; `step` is a compiled `ascentStep`. */
export const pgdShard = attackRoutine(({ p }: AttackSettings): Machine<Walk, PgdRows> => ({
  begin(sample, plan) {
    const walk = { ...startAt(sample, new Float32Array(sample.x.length), plan), restarts: 0 };
    if (plan.randomStart) startAnew(walk, plan, p);
    return walk;
  },
  inputs: ascentInputs,
  /** Goes to the next step or start; a walk ends where it succeeds, or after the last step from the last start. */
  advance(walk, outputs, plan) {
    const end = stepEndOf(outputs);
    const fooled = goalOf(plan)(end.reached, walk.label);
    if (!fooled && walk.steps < plan.steps) {
      walk.position.set(end.next);
      walk.steps++;
      return true;
    }
    if (!fooled && walk.restarts + 1 < plan.restarts) {
      walk.restarts++;
      walk.steps = 0;
      startAnew(walk, plan, p);
      return true;
    }
    keep(walk, end);
    return false;
  },
  result: ascentResult,
}));

/** Puts a walk at a random point of its ball. The random numbers depend on the sample's norm, not on the batch that it is in. */
function startAnew({ x, position, restarts, epsilon }: Walk, { seed }: PgdPlan, p: number): void {
  position.set(
    randomInBall(x.length, epsilon, p, random("pgd start", seed, restarts, norm(x))),
  );
}
