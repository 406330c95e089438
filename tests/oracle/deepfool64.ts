/**
 * DeepFool in float64 (Eq. 1-2, multi-class, any l_p), one sample at a time.
 * @module
 */
import {
  argmax64,
  at,
  forward64,
  inputGradient64,
  type Network64,
  type Pass64,
  type Weights64,
} from "./network64.ts";
import { dual64, norm64, unitStep64 } from "./norm64.ts";

/** The classes of one iteration: the step raises f_target - f_source. */
export interface Choice64 {
  readonly source: number;
  readonly target: number;
}

/** Options of the attack. */
export interface DeepFoolOptions64 {
  /** The norm, in [1, Infinity]. Default 2. */
  readonly p?: number;
  /** The most iterations a sample takes. Default 50. */
  readonly iterations?: number;
  /** The last point is x + (1 + overshoot) * sum of r. Default 0.02. */
  readonly overshoot?: number;
  /** True classes: a sample predicted wrongly is attacked towards its own. Default: none is. */
  readonly labels?: ArrayLike<number>;
}

/** What the attack did to one sample. */
export interface Attack64 {
  /** Delta_x, overshoot included. */
  readonly delta: Float64Array;
  /** `||Delta_x||_p`. */
  readonly norm: number;
  /** `||Delta_x||_p / ||x||_p`. */
  readonly ratio: number;
  readonly iterations: number;
  readonly fooled: boolean;
  /** argmax f(x). */
  readonly predicted: number;
  /** argmax f(x + Delta_x), whether fooled or not. */
  readonly fooledAs: number;
  /** False when the sample was attacked towards its true class. */
  readonly correct: boolean;
  /** The classes of every iteration. */
  readonly choices: readonly Choice64[];
}

/** The difference f_target - f_source linearised at one point, and the step onto its zero. */
export interface Linearization64 {
  readonly pass: Pass64;
  readonly choice: Choice64;
  /** e_target - e_source. */
  readonly seed: Float64Array;
  /** f_target - f_source. */
  readonly difference: number;
  /** w, the gradient of the difference in x. */
  readonly gradient: Float64Array;
  /** |difference| / ||w||_q; Infinity at w = 0. */
  readonly distance: number;
  /** r = |difference| * |w|^(q-1) sign(w) / ||w||_q^q; zero at w = 0. */
  readonly step: Float64Array;
}

/** Attacks each row of a batch. */
export function deepfool64(
  network: Network64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  options: DeepFoolOptions64 = {},
): Attack64[] {
  const { labels } = options;
  return rows.map((x, n) => {
    return attack(network, weights, x, labels === undefined ? undefined : at(labels, n), options);
  });
}

/** Linearises f_target - f_source at the point of `pass`. */
export function linearize64(pass: Pass64, choice: Choice64, p: number): Linearization64 {
  const { source, target } = choice;
  const seed = pass.logits.map((_, k) => Number(k === target) - Number(k === source));
  const difference = at(pass.logits, target) - at(pass.logits, source);
  const gradient = inputGradient64(pass, seed);
  const dualNorm = norm64(gradient, dual64(p));
  const distance = dualNorm === 0 ? Infinity : Math.abs(difference) / dualNorm;
  const step = unitStep64(gradient, p).map((u) => Math.abs(difference) * u);
  return { pass, choice, seed, difference, gradient, distance, step };
}

/** `x + scale * y`. */
export function moved64(x: ArrayLike<number>, y: Float64Array, scale = 1): Float64Array {
  return Float64Array.from(x, (value, i) => value + scale * at(y, i));
}

function attack(
  network: Network64,
  weights: Weights64,
  x: ArrayLike<number>,
  label: number | undefined,
  { p = 2, iterations = 50, overshoot = 0.02 }: DeepFoolOptions64,
): Attack64 {
  const predict = (point: ArrayLike<number>) => argmax64(forward64(network, weights, point).logits);
  const predicted = predict(x);
  const correct = label === undefined || predicted === label;
  const choices: Choice64[] = [];
  let total: Float64Array = new Float64Array(x.length);
  let fooledAs = predicted;
  const done = () => correct ? fooledAs !== predicted : fooledAs === label;
  while (choices.length < iterations && !done()) {
    const pass = forward64(network, weights, moved64(x, total));
    const chosen = correct ? nearest(pass, predicted, p) : towards(pass, label, p);
    choices.push(chosen.choice);
    total = moved64(total, chosen.step);
    fooledAs = predict(moved64(x, total, 1 + overshoot));
  }
  const delta = total.map((v) => (1 + overshoot) * v);
  const norm = norm64(delta, p);
  const outcome = { fooled: done() && norm > 0, predicted, fooledAs, correct };
  const ratio = norm / norm64(x, p);
  return { delta, norm, ratio, iterations: choices.length, ...outcome, choices };
}

/** The nearest of the linearised faces between `source` and any other class; the first of equals. */
function nearest(pass: Pass64, source: number, p: number): Linearization64 {
  const targets = [...pass.logits.keys()].filter((k) => k !== source);
  const faces = targets.map((target) => linearize64(pass, { source, target }, p));
  return faces.reduce((best, face) => face.distance < best.distance ? face : best);
}

/** The face between the true class and the strongest other class at this point. */
function towards(pass: Pass64, label: number, p: number): Linearization64 {
  return linearize64(pass, { source: argmax64(pass.logits, label), target: label }, p);
}
