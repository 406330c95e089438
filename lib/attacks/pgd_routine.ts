import { random } from "../data/random.ts";
import type { Routine } from "../engine/executable.ts";
import {
  type Ascent,
  ascentRoutine,
  type AscentRows,
  type Outcome,
  type Sample,
} from "./ascent_search.ts";
import { norm } from "./norms.ts";
import type { PerturbedRows } from "./perturbed_rows.ts";
import type { ChunkExtents } from "./predict_routine.ts";
import { randomInBall } from "./random_in_ball.ts";

/** What {@link pgdShard} is set up with. */
export interface PgdSettings extends ChunkExtents {
  readonly p: number;
}

/** How far an attack goes, and from where it starts. */
export interface PgdPlan {
  readonly epsilon: number;
  readonly steps: number;
  readonly stepSize: number;
  readonly restarts: number;
  /** Whether the first start is random too; the other ones are. */
  readonly randomStart: boolean;
  readonly seed: number;
}

/** The rows to attack, and how. */
export interface PgdRows extends AscentRows, PgdPlan {}

/** A sample under attack. */
interface Walk extends Ascent {
  /** Starts behind it. */
  restarts: number;
}

/** Projected gradient descent on a shard. */
export const pgdShard: Routine<PgdSettings, PgdRows, PerturbedRows> = ascentRoutine(begin, goOn);

function begin(sample: Sample, plan: PgdRows, settings: PgdSettings): Walk {
  const { epsilon, stepSize } = plan;
  const position = new Float32Array(sample.x.length);
  const walk = { ...sample, position, epsilon, stepSize, steps: 0, restarts: 0 };
  if (plan.randomStart) startAnew(walk, plan, settings);
  return walk;
}

/** To the next step or start; a walk ends where it fooled, or after the last step from the last start. */
function goOn(walk: Walk, outcome: Outcome, plan: PgdRows, settings: PgdSettings): boolean {
  const fooled = outcome.reached !== walk.label;
  if (!fooled && walk.steps < plan.steps) {
    walk.position.set(outcome.next);
    walk.steps++;
    return true;
  }
  if (!fooled && walk.restarts + 1 < plan.restarts) {
    walk.restarts++;
    walk.steps = 0;
    startAnew(walk, plan, settings);
    return true;
  }
  walk.perturbation.set(outcome.delta);
  walk.reached = outcome.reached;
  return false;
}

/** Puts a walk at a random point of its ball. The sample's norm names it, whatever the batch it comes in. */
function startAnew(walk: Walk, { seed }: PgdPlan, { p }: PgdSettings): void {
  const { x, position, restarts, epsilon } = walk;
  position.set(
    randomInBall(x.length, epsilon, p, random("pgd start", seed, restarts, norm(x))),
  );
}
