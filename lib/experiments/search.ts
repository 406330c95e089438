import type { MethodSettings } from "./methods.ts";

/**
 * The settings that are tried for methods that the paper tuned; at most six each. The first one is the published or customary
 * one, which another has to beat by more than {@link noise}.
 */
export const candidates: Readonly<Record<string, readonly MethodSettings[]>> = {
  parseval: [1e-4, 1e-5, 3e-4, 1e-3, 3e-3, 1e-2].map((beta) => ({ beta })),
  adv_train_1: [1, 1.5, 2, 2.5, 3, 4].map((scale) => ({ scale })),
  adv_train_2: [
    ...[30, 10, 20, 45, 60].map((fgs_epsilon) => ({ fgs_share: 0.5, fgs_epsilon })),
    { fgs_share: 0.7, fgs_epsilon: 30 },
  ],
  deep_defense_adv_train_2: [
    ...[30, 10, 20].map((fgs_epsilon) => ({ fgs_share: 0.5, fgs_epsilon })),
    { fgs_share: 0.3, fgs_epsilon: 20 },
  ],
};

/** The strengths of PGD in the maximum norm that candidates are measured at. */
export const searchEpsilons: readonly number[] = [10, 20, 30];

/** PGD's steps; and how many of the held-out images it attacks, the first ones. */
export const searchAttack = { steps: 10, images: 2000 } as const;

/** Scores that differ by less are alike: a score's two parts vary by about 1% and 2% with the seed and the images. */
const noise = 0.05;

/** How much of the reference's accuracy a candidate may cost. */
const tolerance = 1e-3;

/** What a network reached on the validation images. */
export interface Validated {
  readonly accuracy: number;
  readonly rho2: number;
  /** The mean accuracy under PGD at {@link searchEpsilons}. */
  readonly acc_pgd: number;
}

/**
 * How good a candidate is: rho_2 and the accuracy under PGD, each relative to the reference's, added; -Infinity where it costs
 * more than 0.1 points of accuracy. Not by the fast gradient sign: settings that saturate the softmax would win by rounding.
 */
export function scoreOf(candidate: Validated, reference: Validated): number {
  if (candidate.accuracy < reference.accuracy - tolerance) return -Infinity;
  return candidate.rho2 / reference.rho2 + candidate.acc_pgd / reference.acc_pgd;
}

/**
 * Which of a method's candidates to use.
 *
 * @param scores Of every candidate, in order.
 * @returns Its place: the first one's unless another is better by more than chance; -1 where all cost too much accuracy.
 */
export function choose(scores: readonly number[]): number {
  const best = Math.max(...scores);
  if (best === -Infinity) return -1;
  return scores[0]! >= best - noise ? 0 : scores.indexOf(best);
}
