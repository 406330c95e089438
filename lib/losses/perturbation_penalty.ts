/** The function R of Eq. 6: the paper's choice, or the linear one that it advises against. */
export type PenaltyShape = "exponential" | "linear";

/** The parameters of R. */
export interface PenaltyOptions {
  readonly shape: PenaltyShape;
  /** Scale for samples that are predicted right. */
  readonly c: number;
  /** Scale for samples that are predicted wrong. */
  readonly d: number;
}

/** A value and its derivative. */
export interface Penalty {
  readonly value: number;
  readonly slope: number;
}

/**
 * The largest exponent d t that counts. exp has no limit: a wrong sample that needs a perturbation many times as large as itself, such
 * as one with nearly no ||x||, would outweigh all others or overflow. exp(20) is 5e8, where a usual sample's term is about 1.
 */
const mostExponent = 20;

/**
 * A sample's term of Eq. 6, R(-c t) if it is predicted right and R(d t) if not, and its derivative in t. A wrong
 * sample with an exponent above 20 counts like one without a ratio: its term is R(0) and does not move. An infinite t is let through:
 * it comes of numbers that are not finite, and training is to say so.
 *
 * @param t ||Delta_x||_p / ||x||_p.
 */
export function perturbationPenalty(
  t: number,
  correct: boolean,
  { shape, c, d }: PenaltyOptions,
): Penalty {
  const scale = correct ? -c : d;
  if (shape === "linear") return { value: scale * t, slope: scale };
  if (scale * t > mostExponent && t < Infinity) return { value: 1, slope: 0 };
  const value = Math.exp(scale * t);
  return { value, slope: scale * value };
}
