import { isFrom, optionCheck } from "../engine/option_check.ts";
import { UserError } from "../engine/user_error.ts";
import type { Weights } from "../networks/weights.ts";
import type { Optimizer } from "./optimizer.ts";

/** The settings of stochastic gradient descent. */
export interface SgdOptions {
  /** The factor of the last step's velocity; 0.9 unless given. */
  readonly momentum?: number;
  /** The strength of the decay of weights towards 0; 5e-4 unless given. */
  readonly weightDecay?: number;
  /** The factor of a parameter's learning rate, by name; 1 unless given. */
  readonly rateMultipliers?: Readonly<Record<string, number>>;
}

/**
 * Stochastic gradient descent with momentum and weight decay, as in PyTorch:
 * v <- momentum v + g + weightDecay w, then w <- w - learningRate v.
 *
 * @throws {UserError} when an option lies outside its range.
 */
export function sgd(
  { momentum = 0.9, weightDecay = 5e-4, rateMultipliers = {} }: SgdOptions = {},
): Optimizer {
  const check = optionCheck("preparing SGD");
  check(isFrom(momentum, 0) && momentum < 1, "momentum in [0, 1)", momentum);
  check(isFrom(weightDecay, 0), "weightDecay in [0, inf)", weightDecay);
  for (const [name, rate] of Object.entries(rateMultipliers)) {
    check(isFrom(rate, 0), `a rate multiplier in [0, inf) for ${name}`, rate);
  }
  return {
    init(trained) {
      checkMultipliers(trained, rateMultipliers);
      return Object.fromEntries(
        Object.entries(trained).map(([name, { shape, data }]) =>
          [name, { shape, data: new Float32Array(data.length) }] as const
        ),
      );
    },
    update(weights, state, gradients, learningRate) {
      for (const [name, velocity] of Object.entries(state)) {
        const [first, ...rest] = gradients.map((part) => part[name]!) as [Float32Array];
        for (const part of rest) add(first, part);
        const rate = learningRate * (rateMultipliers[name] ?? 1);
        move(weights[name]!, velocity, first, { rate, momentum, weightDecay });
      }
    },
  };
}

function checkMultipliers(trained: Weights, multipliers: object): void {
  const other = Object.keys(multipliers).find((name) => !Object.hasOwn(trained, name));
  if (other === undefined) return;
  throw new UserError(
    `preparing SGD: expected rate multipliers of parameters that are trained (${
      Object.keys(trained).join(", ")
    }), got ${other}`,
  );
}

function add(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!;
}

function move(
  w: Float32Array,
  v: Float32Array,
  g: Float32Array,
  { rate, momentum, weightDecay }: Record<"rate" | "momentum" | "weightDecay", number>,
): void {
  for (let i = 0; i < w.length; i++) {
    const velocity = momentum * v[i]! + g[i]! + weightDecay * w[i]!;
    v[i] = velocity;
    w[i] = w[i]! - rate * velocity;
  }
}
