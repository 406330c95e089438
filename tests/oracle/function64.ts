/**
 * The Deep Defense regulariser (Eq. 6, p = 2) in float64 of a network that is any plain function: of branches, products
 * and whatever else. It knows no layers and no gradients: all derivatives are central differences.
 * @module
 */
import type { Choice64 } from "./deepfool64.ts";
import { argmax64, at, type Gradients64, type Weights64 } from "./network64.ts";
import { dot64, norm64 } from "./norm64.ts";
import type { SampleChoices64 } from "./regularizer64.ts";

/** The logits of one input. */
export type Function64 = (weights: Weights64, x: ArrayLike<number>) => Float64Array;

/** Options of the regulariser. */
export interface FunctionOptions64 {
  readonly lambda: number;
  readonly c: number;
  readonly d: number;
  readonly iterations: number;
  readonly overshoot: number;
}

/** How far weights and inputs are moved to either side. */
const distance = 1e-5;

/** The attack on every sample, and the classes that it chose. */
export function choicesOf64(
  logits: Function64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  { iterations, overshoot }: FunctionOptions64,
): SampleChoices64[] {
  return rows.map((x, n) => {
    const label = at(labels, n);
    const correct = argmax64(logits(weights, x)) === label;
    const choices: Choice64[] = [];
    let total: Float64Array = new Float64Array(x.length);
    const right = () => argmax64(logits(weights, moved(x, total, 1 + overshoot))) === label;
    while (choices.length < iterations && right() === correct) {
      const point = moved(x, total, 1);
      const others = logits(weights, x).keys().filter((k) => k !== label).toArray();
      const choice = correct
        ? nearest(logits, weights, point, others.map((target) => ({ source: label, target })))
        : { source: argmax64(logits(weights, point), label), target: label };
      choices.push(choice);
      total = moved(total, step(logits, weights, point, choice), 1);
    }
    return { correct, choices };
  });
}

/** Eq. 6 with the attack's choices given. */
export function regularizerOf64(
  logits: Function64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  samples: readonly SampleChoices64[],
  { lambda, c, d, overshoot }: FunctionOptions64,
): number {
  const terms = rows.map((x, n) => {
    const { correct, choices } = at(samples, n);
    const total = choices.reduce<Float64Array>(
      (sum, choice) => moved(sum, step(logits, weights, moved(x, sum, 1), choice), 1),
      new Float64Array(x.length),
    );
    const ratio = (1 + overshoot) * norm64(total, 2) / norm64(x, 2);
    return Math.exp((correct ? -c : d) * ratio);
  });
  return lambda / rows.length * terms.reduce((sum, term) => sum + term, 0);
}

/** The derivatives of a value in every weight. */
export function derivatives64(
  value: (weights: Weights64) => number,
  weights: Weights64,
): Gradients64 {
  const derivatives = Object.entries(weights).map(([name, { shape, data }]) => {
    const along = (i: number, by: number) =>
      value({
        ...weights,
        [name]: { shape, data: Float64Array.from(data).with(i, at(data, i) + by) },
      });
    const slope = (_: number, i: number) =>
      (along(i, distance) - along(i, -distance)) / (2 * distance);
    return [name, { shape, data: Float64Array.from(data, slope) }] as const;
  });
  return Object.fromEntries(derivatives);
}

/** The choice whose linearised boundary is the nearest. */
function nearest(
  logits: Function64,
  weights: Weights64,
  x: Float64Array,
  choices: readonly Choice64[],
): Choice64 {
  const lengths = choices.map((choice) => norm64(step(logits, weights, x, choice), 2));
  return at(choices, lengths.indexOf(Math.min(...lengths)));
}

/** |f| w / ||w||^2, for f = f_target - f_source and w its gradient in x. */
function step(
  logits: Function64,
  weights: Weights64,
  x: Float64Array,
  { source, target }: Choice64,
): Float64Array {
  const difference = (point: Float64Array) => {
    const f = logits(weights, point);
    return at(f, target) - at(f, source);
  };
  const w = x.map((value, i) =>
    (difference(x.with(i, value + distance)) - difference(x.with(i, value - distance))) /
    (2 * distance)
  );
  const scale = Math.abs(difference(x)) / dot64(w, w);
  return w.map((slope) => scale * slope);
}

/** x + factor * by. */
function moved(x: ArrayLike<number>, by: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(x, (value, i) => value + factor * at(by, i));
}
