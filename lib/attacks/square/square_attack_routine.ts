import { classOf } from "../../compute/check_logits.ts";
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
import { keepWithin } from "../within.ts";
import { euclideanMoves } from "./euclidean_moves.ts";
import { maximumMoves } from "./maximum_moves.ts";
import type { Extent, Moves } from "./moves.ts";

/** The settings of the Square attack's routine. */
export interface SquareSettings extends AttackSettings {
  /** The inputs' extents. */
  readonly extent: Extent;
}

/** The limits of the Square attack's search. */
export interface SquarePlan {
  readonly epsilon: number;
  /** Proposals from each start. */
  readonly queries: number;
  readonly restarts: number;
  /** The share of the image's pixels that the first squares cover. */
  readonly firstShare: number;
  readonly seed: number;
}

/** The rows to attack, and the settings. */
export interface SquareRows extends AttackRows, SquarePlan {}

/** A sample under attack. */
interface SquareState extends Sample {
  /** The best perturbation so far. */
  readonly best: Float32Array;
  /** The perturbation that is tried next. */
  readonly candidate: Float32Array;
  /** The best one's loss; infinite before the first query. */
  loss: number;
  /** The class predicted at x + best; NaN where the logits are not finite. */
  reached: number;
  /** Queries since the last start. */
  queries: number;
  /** Starts after the first one. */
  restarts: number;
  /** The random numbers since the last start. */
  uniform: () => number;
}

/** The Square attack on a shard; `step` is a compiled `logitsOf`. */
export const squareShard = attackRoutine(
  ({ extent, p }: SquareSettings): Machine<SquareState, SquareRows> => {
    const moves = p === 2 ? euclideanMoves(extent) : maximumMoves(extent);
    return {
      begin(sample, plan) {
        const search = startOf(sample);
        startAnew(search, moves, plan);
        return search;
      },
      inputs: {
        x({ x, candidate }, row) {
          for (let i = 0; i < x.length; i++) row[i] = x[i]! + candidate[i]!;
        },
      },
      /** Keeps the candidate if it is better and proposes the next one; ends when the goal holds, or after the last query. */
      advance(search, { logits }, plan) {
        keepBetter(search, logits!, plan.targets !== undefined);
        const isDone = isNaN(search.reached) || goalOf(plan)(search.reached, search.label);
        if (isDone) return false;
        if (search.queries < plan.queries) {
          proposeNext(search, moves, plan);
          return true;
        }
        search.restarts++;
        if (search.restarts < plan.restarts) startAnew(search, moves, plan);
        return search.restarts < plan.restarts;
      },
      result({ best, reached }, perturbation) {
        perturbation.set(best);
        return { reached };
      },
    };
  },
);

function startOf(sample: Sample): SquareState {
  const perturbation = () => new Float32Array(sample.x.length);
  return {
    ...sample,
    best: perturbation(),
    candidate: perturbation(),
    loss: Infinity,
    reached: classOf(sample.logits),
    queries: 0,
    restarts: 0,
    uniform: () => 0,
  };
}

function startAnew(search: SquareState, moves: Moves, { seed, epsilon, bounds }: SquareRows): void {
  const { x, candidate, restarts } = search;
  // The random numbers depend on the sample's norm, not on the batch that it is in.
  search.uniform = random("square", seed, restarts, norm(x));
  search.queries = 0;
  search.loss = Infinity;
  moves.start(candidate, epsilon, search.uniform);
  if (bounds) keepWithin(candidate, x, bounds);
}

function proposeNext(search: SquareState, moves: Moves, plan: SquareRows): void {
  const { x, best, candidate, queries, uniform } = search;
  const size = { epsilon: plan.epsilon, share: plan.firstShare * shrinkage(queries) };
  moves.propose(best, candidate, size, uniform);
  if (plan.bounds) keepWithin(candidate, x, plan.bounds);
  search.queries++;
}

/** The queries after which squares cover half as many pixels. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/** The factor of the first share after so many queries. */
function shrinkage(queries: number): number {
  return 2 ** -halvings.filter((after) => queries > after).length;
}

/** Makes the candidate the best perturbation if its loss is smaller, or if it fools. */
function keepBetter(search: SquareState, logits: Float32Array, towards: boolean): void {
  const reached = classOf(logits);
  const margin = marginOf(logits, search.label) * (towards ? -1 : 1);
  const loss = towards ? crossEntropy(logits, search.label) : margin;
  if (!isNaN(reached) && margin > 0 && loss >= search.loss) return;
  search.best.set(search.candidate);
  search.loss = loss;
  search.reached = reached;
}

/** How far a label's logit is above the largest other one. */
function marginOf(logits: Float32Array, label: number): number {
  return logits[label]! - largest(logits, label);
}

function crossEntropy(logits: Float32Array, label: number): number {
  const most = largest(logits);
  const sum = logits.reduce((all, logit) => all + Math.exp(logit - most), 0);
  return most + Math.log(sum) - logits[label]!;
}

/** The largest logit, without the label's where a label is given. */
function largest(logits: Float32Array, but = -1): number {
  return logits.reduce((most, logit, k) => k === but ? most : Math.max(most, logit), -Infinity);
}
