/**
 * The Deep Defense regulariser (Eq. 6) and cross-entropy in float64, with gradients by hand.
 * @module
 */
import {
  addWeightGradient64,
  argmax64,
  at,
  forward64,
  type Gradients64,
  type Network64,
  selections64,
  type Weights64,
  zeroGradients64,
} from "./network64.ts";
import {
  type Attack64,
  type Choice64,
  deepfool64,
  type Linearization64,
  linearize64,
  moved64,
} from "./deepfool64.ts";
import { dot64, norm64, normGradient64, unitStep64, unitStepPullback64 } from "./norm64.ts";

/** Options of the regulariser, by default those the authors published for MNIST. */
export interface RegularizerOptions64 {
  readonly lambda?: number;
  readonly c?: number;
  readonly d?: number;
  /** The norm, in [1, Infinity]. */
  readonly p?: number;
  readonly iterations?: number;
  readonly overshoot?: number;
  /** R: exp(z), or z itself. */
  readonly shape?: "exponential" | "linear";
}

/** What is held fixed when the regulariser is differentiated: the attack's choices for a sample. */
export interface SampleChoices64 {
  /** Whether the sample is in T (predicted right) of Eq. 6. */
  readonly correct: boolean;
  /** The classes of every iteration; their number is the number of iterations. */
  readonly choices: readonly Choice64[];
}

/** The regulariser of a batch. */
export interface Regularizer64 {
  readonly value: number;
  /** `||Delta_x||_p / ||x||_p` of every sample. */
  readonly ratios: readonly number[];
  /** The smooth piece this value lies on: choices, masks, switches and signs, as text. */
  readonly branch: string;
}

/** A value and its gradient in every weight. */
export interface ValueAndGradients64 {
  readonly value: number;
  readonly gradients: Gradients64;
}

type Settings = Required<RegularizerOptions64>;

const defaults: Settings = {
  lambda: 15,
  c: 25,
  d: 5,
  p: 2,
  iterations: 5,
  overshoot: 0.02,
  shape: "exponential",
};

/** Eq. 6 for a batch: attacks it, then evaluates. The attacks serve as choices below. */
export function regularizer64(
  network: Network64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  options: RegularizerOptions64 = {},
): Regularizer64 & { readonly attacks: readonly Attack64[] } {
  const { p, iterations, overshoot } = { ...defaults, ...options };
  const attacks = deepfool64(network, weights, rows, { p, iterations, overshoot, labels });
  return { ...regularizerGiven64(network, weights, rows, attacks, options), attacks };
}

/**
 * Eq. 6 with the choices given: the same steps without any search, so piecewise smooth in the
 * weights. Throws RangeError for an input that is zero, whose ratio is undefined.
 */
export function regularizerGiven64(
  network: Network64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  choices: readonly SampleChoices64[],
  options: RegularizerOptions64 = {},
): Regularizer64 {
  const settings = { ...defaults, ...options };
  const samples = rows.map((x, n) => evaluate(network, weights, x, at(choices, n), settings));
  const total = samples.reduce((sum, { term }) => sum + term.value, 0);
  const value = settings.lambda / rows.length * total;
  const branch = samples.map((sample) => branchOf(sample, settings.p)).join("\n");
  return { value, ratios: samples.map(({ ratio }) => ratio), branch };
}

/**
 * Eq. 6 with the choices given, and its gradient in every weight. It flows through the x_i of
 * every iteration; a zero w or a zero Delta_x adds none.
 */
export function regularizerGradient64(
  network: Network64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  choices: readonly SampleChoices64[],
  options: RegularizerOptions64 = {},
): ValueAndGradients64 {
  const settings = { ...defaults, ...options };
  const gradients = zeroGradients64(weights);
  const scale = settings.lambda / rows.length;
  let value = 0;
  rows.forEach((x, n) => {
    const sample = evaluate(network, weights, x, at(choices, n), settings);
    value += scale * sample.term.value;
    const perNorm = scale * sample.term.slope / norm64(x, settings.p);
    const adjoint = normGradient64(sample.delta, settings.p)
      .map((v) => perNorm * (1 + settings.overshoot) * v);
    addAttackGradient(sample.iterations, adjoint, settings.p, gradients);
  });
  return { value, gradients };
}

/** Mean cross-entropy of softmax(f(x)) against the labels, and its gradient in every weight. */
export function crossEntropy64(
  network: Network64,
  weights: Weights64,
  rows: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
): ValueAndGradients64 {
  const gradients = zeroGradients64(weights);
  let value = 0;
  rows.forEach((x, n) => {
    const pass = forward64(network, weights, x);
    const peak = Math.max(...pass.logits);
    const total = pass.logits.reduce((sum, f) => sum + Math.exp(f - peak), 0);
    const logTotal = peak + Math.log(total);
    value += (logTotal - at(pass.logits, at(labels, n))) / rows.length;
    const seed = pass.logits.map((f, k) => Math.exp(f - logTotal) - Number(k === at(labels, n)));
    addWeightGradient64(pass, seed, { a: 1 / rows.length }, gradients);
  });
  return { value, gradients };
}

interface Sample {
  readonly correct: boolean;
  readonly iterations: readonly Linearization64[];
  readonly delta: Float64Array;
  readonly ratio: number;
  /** R(-c * ratio) or R(d * ratio), and its derivative in the ratio; R(0) and 0 where d * ratio is above 20. */
  readonly term: { readonly value: number; readonly slope: number };
}

/** Replays one sample's attack with the given choices. */
function evaluate(
  network: Network64,
  weights: Weights64,
  x: ArrayLike<number>,
  { correct, choices }: SampleChoices64,
  { p, c, d, overshoot, shape }: Settings,
): Sample {
  let total: Float64Array = new Float64Array(x.length);
  const iterations = choices.map((choice) => {
    const pass = forward64(network, weights, moved64(x, total));
    const linearization = linearize64(pass, choice, p);
    total = moved64(total, linearization.step);
    return linearization;
  });
  const delta = total.map((v) => (1 + overshoot) * v);
  const size = norm64(x, p);
  if (size === 0) throw new RangeError("regulariser: expected inputs that are not zero, got one");
  const ratio = norm64(delta, p) / size;
  const factor = correct ? -c : d;
  const exponential = factor * ratio > 20 // such a sample is left out, as one without a ratio
    ? { value: 1, slope: 0 }
    : { value: Math.exp(factor * ratio), slope: factor * Math.exp(factor * ratio) };
  const term = shape === "exponential" ? exponential : { value: factor * ratio, slope: factor };
  return { correct, iterations, delta, ratio, term };
}

/**
 * Adds the gradient in the weights of `<g, sum of r>`, g constant.
 *
 * From the last iteration to the first, g is the gradient in the point reached, x_i + r_i. With
 * r = |f| u(w), `d<g, r> = a df + <h, dw>` for `a = sign(f) <g, u>` and `h = |f| du'g`; f depends
 * on x_i through w, and w on x_i not at all (the network is piecewise linear): g grows by a w.
 */
function addAttackGradient(
  iterations: readonly Linearization64[],
  gradientInDelta: Float64Array,
  p: number,
  gradients: Gradients64,
): void {
  let g = gradientInDelta;
  for (const { pass, seed, difference, gradient: w } of iterations.toReversed()) {
    const a = Math.sign(difference) * dot64(g, unitStep64(w, p));
    const h = unitStepPullback64(w, p, g).map((v) => Math.abs(difference) * v);
    addWeightGradient64(pass, seed, { a, h }, gradients);
    g = moved64(g, w, a);
  }
}

/**
 * All that must not change for a sample's term to be smooth, but for the largest |Delta_x| of
 * p = Infinity: equal entries there are equal functions of the weights, so rounding picks one.
 */
function branchOf({ correct, iterations, term }: Sample, p: number): string {
  const parts = iterations.map(({ pass, choice, difference, gradient }) => {
    const { source, target } = choice;
    const side = sideOf(difference, pass.logits);
    const signs = gradient.map(Math.sign).join();
    const peak = p === 1 ? argmax64(gradient.map(Math.abs)) : "";
    return `${source}>${target} ${side} ${peak} ${signs} ${selections64(pass)}`;
  });
  const side = correct ? "right" : term.slope === 0 ? "left out" : "wrong";
  return `${side} ${parts.join(" / ")}`;
}

/**
 * The sign of a difference of logits, 0 within rounding. A step that lands exactly on its plane
 * without crossing it leaves a difference that is zero for all weights nearby: its computed sign is
 * rounding, and the gradient does not depend on it (a df/dW and what g + a w adds before cancel).
 */
function sideOf(difference: number, logits: Float64Array): number {
  return Math.abs(difference) <= 1e-12 * norm64(logits, Infinity) ? 0 : Math.sign(difference);
}
