/** Smaller differences of scores do not count: a score's two parts vary by about 1% and 2% with the seed and the images. */
const noise = 0.05;

/** How much of the reference's accuracy a candidate may cost. */
const tolerance = 1e-3;

/** A network's figures on the validation images. */
export interface Validated {
  readonly accuracy: number;
  readonly rho2: number;
  /** The mean accuracy under PGD at several strengths. */
  readonly acc_pgd: number;
}

/**
 * The score of a candidate: the sum of rho_2 and of the accuracy under PGD, each relative to the reference's; -Infinity where it costs
 * more than 0.1 points of accuracy. The fast gradient sign is not used: settings that saturate the softmax would win by rounding.
 */
export function scoreOf(candidate: Validated, reference: Validated): number {
  if (candidate.accuracy < reference.accuracy - tolerance) return -Infinity;
  return candidate.rho2 / reference.rho2 + candidate.acc_pgd / reference.acc_pgd;
}

/**
 * Chooses among a method's candidates.
 *
 * @param scores The score of every candidate, in order.
 * @returns Its position: the first one, unless another is better by more than chance; -1 where all cost too much accuracy.
 */
export function chooseSettings(scores: readonly number[]): number {
  const best = Math.max(...scores);
  if (best === -Infinity) return -1;
  return scores[0]! >= best - noise ? 0 : scores.indexOf(best);
}
