import { decreasing } from "./decreasing.ts";

/** The losses that APGD raises. */
export type ApgdLoss = "ce" | "dlr" | "targeted dlr";

/** The classes that a loss refers to. */
export interface LossClasses {
  /** The class to leave; to reach, where the loss falls. */
  readonly label: number;
  /** The class to reach, of the loss `targeted dlr`. */
  readonly goal: number;
}

/**
 * The losses in 64 bits. `ce` is the logarithm of (1 - p) / p, p the softmax of the label: it rises where the cross-entropy does,
 * and does not vanish where the softmax saturates. `dlr` and `targeted dlr` are the differences of logits ratio, 0 where numerator
 * and denominator are.
 */
export const lossValues: Readonly<
  Record<ApgdLoss, (logits: Float32Array, classes: LossClasses) => number>
> = {
  ce(logits, { label }) {
    const others = logits.filter((_, k) => k !== label);
    const largest = Math.max(...others);
    const sum = others.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return largest + Math.log(sum) - logits[label]!;
  },
  dlr(logits, { label }) {
    const [first, , third] = decreasing(logits);
    const strongest = Math.max(...logits.filter((_, k) => k !== label));
    return ratio(strongest - logits[label]!, logits[first!]! - logits[third!]!);
  },
  "targeted dlr"(logits, { label, goal }) {
    const [first, , third, fourth] = decreasing(logits);
    const middle = (logits[third!]! + logits[fourth!]!) / 2;
    return ratio(logits[goal]! - logits[label]!, logits[first!]! - middle);
  },
};

/** The fewest classes that a loss is defined for. */
export const fewestClasses: Readonly<Record<ApgdLoss, number>> = {
  ce: 2,
  dlr: 3,
  "targeted dlr": 4,
};

function ratio(numerator: number, denominator: number): number {
  return numerator === 0 ? 0 : numerator / denominator;
}
