import type { EvaluationSummary, ModelSummary } from "./record.ts";

/** A strength as it is written: `8/255` of pixels, a number of preprocessed inputs. */
export function written(epsilon: number, { units }: Pick<EvaluationSummary, "units">): string {
  const number = `${Number(epsilon.toPrecision(6))}`;
  return units === "pixels 0-255" ? `${number}/255` : number;
}

/** The norm: `l∞`. */
export function normInWords({ norm }: Pick<EvaluationSummary, "norm">): string {
  return norm === "inf" ? "l∞" : "l2";
}

/** ρ with the norm as its index. */
export function rhoInWords({ norm }: Pick<EvaluationSummary, "norm">): string {
  return norm === "inf" ? "ρ∞" : "ρ₂";
}

/** A number with so many digits; a dash where there is none. */
export function digits(value: number | null, count = 4): string {
  return value === null ? "–" : `${Number(value.toPrecision(count))}`;
}

/** rho_p of the smallest perturbations of all attacks. */
export function smallestRho({ rho }: ModelSummary): ModelSummary["rho"][number] {
  return rho.at(-1)!;
}
