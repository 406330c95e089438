import { fractions } from "../jobs/sign_job.ts";
import type { SignResult } from "../jobs/kind.ts";

/** The columns of a model under the fast gradient sign attack. */
export const signColumns = {
  /** The FGS step at which Deep Defense with the paper's c is wrong on half of the test images, preprocessed units. */
  epsilon_ref: "real or null",
  /** Accuracy under FGS at 0.2 ε_ref, in [0, 1]. */
  "acc_fgs_0.2": "real or null",
  /** Accuracy under FGS at 0.5 ε_ref. */
  "acc_fgs_0.5": "real or null",
  /** Accuracy under FGS at ε_ref. */
  "acc_fgs_1.0": "real or null",
} as const;

/** A model's figures for {@link signColumns}; null before its job has ended. */
export function signFigures(result: SignResult | undefined) {
  const at = (fraction: typeof fractions[number]) =>
    result?.accuracies[fractions.indexOf(fraction)] ?? null;
  return {
    epsilon_ref: result?.epsilon_ref ?? null,
    "acc_fgs_0.2": at(0.2),
    "acc_fgs_0.5": at(0.5),
    "acc_fgs_1.0": at(1),
  };
}
