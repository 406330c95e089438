import type { Arrays } from "../attacks/deepfool_search.ts";

/** The settings of a step of stochastic gradient descent. */
export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * One step of stochastic gradient descent with momentum and weight decay, in place, as PyTorch has it:
 * v <- momentum v + g + weightDecay w, then w <- w - learningRate v.
 *
 * @param gradients The parts of the gradient g, added in their order.
 */
export function sgdStep(
  weights: Arrays,
  velocity: Arrays,
  gradients: readonly Arrays[],
  { learningRate, momentum, weightDecay }: SgdSettings,
): void {
  for (const [name, w] of Object.entries(weights)) {
    const v = velocity[name]!;
    const parts = gradients.map((part) => part[name]!);
    for (let i = 0; i < w.length; i++) {
      let g = weightDecay * w[i]!;
      for (const part of parts) g += part[i]!;
      v[i] = momentum * v[i]! + g;
      w[i] = w[i]! - learningRate * v[i]!;
    }
  }
}

/** Whether all numbers of a step's gradient are finite. */
export function isFiniteGradient(gradients: readonly Arrays[]): boolean {
  return gradients.every((part) => Object.values(part).every((g) => Number.isFinite(sumOf(g))));
}

function sumOf(numbers: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}
