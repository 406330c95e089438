/** Scores that differ by less are alike: a score's two parts vary by about 1% and 2% with the seed and the images. */
const noise = 0.05;

/** How much of the reference's accuracy a candidate may cost. */
const tolerance = 1e-3;

/** What a network reached on the validation images. */
export interface Validated {
  readonly accuracy: number;
  readonly rho2: number;
  /** The mean accuracy under PGD at several strengths. */
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
export function chooseSettings(scores: readonly number[]): number {
  const best = Math.max(...scores);
  if (best === -Infinity) return -1;
  return scores[0]! >= best - noise ? 0 : scores.indexOf(best);
}
