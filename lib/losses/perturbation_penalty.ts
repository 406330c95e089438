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
 * A sample's term of Eq. 6, R(-c t) if it is predicted right and R(d t) if not, and its derivative in t.
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
  const value = Math.exp(scale * t);
  return { value, slope: scale * value };
}
