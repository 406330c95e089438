import type { Arrays } from "../attacks/deepfool_search.ts";

/** The settings of a step of stochastic gradient descent. */
export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** What the learning rate of a parameter is multiplied with, by name; 1 where left out. */
  readonly rateMultipliers?: Readonly<Record<string, number>>;
}

/**
 * One step of stochastic gradient descent with momentum and weight decay, in place, as PyTorch has it:
 * v <- momentum v + g + weightDecay w, then w <- w - learningRate v. Parameters without a velocity stay as they are.
 *
 * @param gradients The parts of the gradient g; their sum is left in the first one.
 */
export function sgdStep(
  weights: Arrays,
  velocity: Arrays,
  gradients: readonly Arrays[],
  { learningRate, rateMultipliers = {}, ...settings }: SgdSettings,
): void {
  for (const [name, v] of Object.entries(velocity)) {
    const [first, ...rest] = gradients.map((part) => part[name]!) as [Float32Array];
    for (const part of rest) add(first, part);
    const rate = learningRate * (rateMultipliers[name] ?? 1);
    move(weights[name]!, v, first, { ...settings, learningRate: rate });
  }
}

function add(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!;
}

function move(
  w: Float32Array,
  v: Float32Array,
  g: Float32Array,
  { learningRate, momentum, weightDecay }: SgdSettings,
): void {
  for (let i = 0; i < w.length; i++) {
    const velocity = momentum * v[i]! + g[i]! + weightDecay * w[i]!;
    v[i] = velocity;
    w[i] = w[i]! - learningRate * velocity;
  }
}
