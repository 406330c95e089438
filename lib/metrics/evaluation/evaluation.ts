import type { WarningSign } from "../warning_signs.ts";
import type { PlannedAttack } from "./evaluation_plan.ts";

/** What one attack of an evaluation did, one entry per image. */
export interface AttackOutcome extends Pick<PlannedAttack, "name" | "title" | "epsilon"> {
  /** ||Delta_x||_p. */
  readonly norms: Float32Array;
  /** ||Delta_x||_p / ||x||_p; NaN where ||x||_p = 0. */
  readonly ratios: Float32Array;
  /**
   * 1 where the attack's goal holds: a search for the smallest perturbation leaves the predicted class, an attack with a bound the
   * true one.
   */
  readonly fooled: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
}

/** How far a model resists attacks on labelled images, one entry per image. */
export interface Evaluation {
  /** How many images. */
  readonly count: number;
  /** How many classes the model has. */
  readonly classes: number;
  /** The norm of perturbations. */
  readonly p: number;
  /** The strengths of the attacks with a bound, rising. */
  readonly epsilons: readonly number[];
  /** The true classes. */
  readonly labels: Uint16Array;
  /** The classes predicted at x. */
  readonly predicted: Uint16Array;
  /**
   * The smallest ||Delta_x||_p known to make the prediction wrong: 0 where it is wrong at x, infinite where no attack succeeds.
   */
  readonly norms: Float32Array;
  /** `norms` over ||x||_p; NaN where ||x||_p = 0. */
  readonly ratios: Float32Array;
  /** The position in `attacks` of the one that found it; -1 where none did or none had to. */
  readonly foundBy: Int16Array;
  /** That perturbation, [count, ...inputShape]; 0 where there is none. */
  readonly perturbations: Float32Array;
  /** The class predicted there. */
  readonly fooledAs: Uint16Array;
  /** What each attack did. */
  readonly attacks: readonly AttackOutcome[];
  /** What says that the figures may show more robustness than there is. */
  readonly warnings: readonly EvaluationWarning[];
}

/** A sign that an evaluation's figures say less than they seem to, and the attack that it was seen in. */
export interface EvaluationWarning extends WarningSign {
  /** The attack's name; null for a sign of the model's gradients. */
  readonly attack: string | null;
  /** The attack's strength; null where it has none, and for a sign of several strengths. */
  readonly epsilon: number | null;
}
