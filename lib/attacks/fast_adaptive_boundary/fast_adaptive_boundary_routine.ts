import { classOf } from "../../compute/check_logits.ts";
import { copied, oneHot } from "../../compute/chunk_function.ts";
import { norm } from "../../compute/norms.ts";
import { random } from "../../engine/random.ts";
import {
  attackRoutine,
  type AttackRows,
  type AttackSettings,
  goalOf,
  type Machine,
  type Sample,
} from "../attack_routine.ts";
import { competitorsOf, seeds } from "../deepfool/deepfool_machine.ts";
import { randomOnSphere } from "./random_on_sphere.ts";

/** The settings of FAB's routine. */
export interface BoundarySettings extends AttackSettings {
  /** Whether the attack is towards given classes. */
  readonly towards: boolean;
}

/** The limits of FAB's search. */
export interface BoundaryPlan {
  /** Steps of a run. */
  readonly iterations: number;
  /** Runs from different starts. */
  readonly restarts: number;
  /** The largest norm that counts; infinite where any norm does. */
  readonly epsilon: number;
  /** The factor by which a perturbation that fools is shortened before the next step. */
  readonly beta: number;
  /** How many of the strongest classes at x compete, the predicted one included. */
  readonly candidates: number;
  /** How many of the strongest other classes at x have runs of their own; 0 where all compete in each run. */
  readonly targetClasses: number;
  readonly seed: number;
}

/** The rows to attack, and the settings. */
export interface BoundaryRows extends AttackRows, BoundaryPlan {}

/** A sample under attack. */
interface BoundaryState extends Sample {
  /** The classes that compete, for one start after another. */
  readonly rivals: readonly (readonly number[])[];
  /** Those that compete in this run. */
  competitors: readonly number[];
  /** Finished runs. */
  runs: number;
  /** Steps of all runs. */
  steps: number;
  /** The perturbation that the next step begins at. */
  readonly total: Float32Array;
  /** The smallest perturbation that fooled, or the last one while none has. */
  readonly perturbation: Float32Array;
  /** The norm of the smallest perturbation that fooled; infinite while none has. */
  smallest: number;
  /** The class predicted at x + perturbation; NaN where the logits are not finite. */
  reached: number;
}

/** FAB on a shard; `step` is a compiled `boundaryStep`. */
export const boundaryShard = attackRoutine(
  ({ p, towards }: BoundarySettings): Machine<BoundaryState, BoundaryRows> => ({
    begin(sample, plan) {
      const { x, logits } = sample;
      const rivals = rivalsOf(logits, plan);
      return {
        ...sample,
        rivals,
        competitors: rivals[0]!,
        runs: 0,
        steps: 0,
        total: new Float32Array(x.length),
        perturbation: new Float32Array(x.length),
        smallest: Infinity,
        reached: classOf(logits),
      };
    },
    inputs: {
      x: copied(({ x }) => x),
      total: copied(({ total }) => total),
      ...(towards ? { target: oneHot(({ label }: BoundaryState) => label) } : { seeds }),
    },
    /** Keeps the smallest perturbation that fools and goes back from it towards x; after a run's last step, starts the next run. */
    advance(search, { next, logits }, plan) {
      const reached = classOf(logits!);
      search.total.set(next!);
      search.steps++;
      if (isNaN(reached)) {
        search.reached = reached;
        return false;
      }
      const fooled = goalOf(plan)(reached, search.label);
      keepSmallest(search, reached, fooled ? norm(next!, p) : Infinity);
      if (fooled) search.total.forEach((r, i, total) => total[i] = plan.beta * r);
      return search.steps % plan.iterations !== 0 || startNextRun(search, plan, p);
    },
    result({ logits, perturbation, smallest, reached, steps }, into, { epsilon }) {
      if (smallest > epsilon && !isNaN(reached)) {
        return { reached: classOf(logits), iterations: steps };
      }
      into.set(perturbation);
      return { reached, iterations: steps };
    },
  }),
);

/** The classes that compete, for one run after another. */
function rivalsOf(
  logits: Float32Array,
  { candidates, targetClasses }: BoundaryPlan,
): readonly (readonly number[])[] {
  const others = competitorsOf(logits, targetClasses > 0 ? logits.length : candidates);
  if (targetClasses === 0) return [others];
  const likeliest = others.sort((a, b) => logits[b]! - logits[a]!);
  return likeliest.slice(0, targetClasses).map((k) => [k]);
}

/** Keeps the end of a step if it is the smallest perturbation that fooled so far, or if none has fooled yet. */
function keepSmallest(search: BoundaryState, reached: number, length: number): void {
  if (length >= search.smallest && search.smallest < Infinity) return;
  search.perturbation.set(search.total);
  search.reached = reached;
  search.smallest = length;
}

/** Puts a search at its next run's start; false where there is none, or a run has found a perturbation small enough. */
function startNextRun(search: BoundaryState, { restarts, epsilon, seed }: BoundaryPlan, p: number) {
  const { x, rivals, total, smallest } = search;
  const run = ++search.runs;
  const found = epsilon < Infinity && smallest <= epsilon;
  if (found || run === rivals.length * restarts) return false;
  search.competitors = rivals[Math.floor(run / restarts)]!;
  if (run % restarts === 0) total.fill(0);
  else {
    // The random numbers depend on the sample's norm, not on the batch that it is in.
    const next = random("fab start", seed, run, norm(x));
    total.set(randomOnSphere(x.length, epsilon / 2, p, next));
  }
  return true;
}
