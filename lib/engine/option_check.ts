import { UserError } from "./user_error.ts";

/** Refuses an option unless a condition holds. */
export type OptionCheck = (holds: boolean, expected: string, came: unknown) => void;

/**
 * Makes the check of a function's options.
 *
 * @param doing What is being done, for the message: "training lenet".
 * @returns A check that throws a UserError (exit code 2) where its condition does not hold.
 */
export function optionCheck(doing: string): OptionCheck {
  return (holds, expected, came) => {
    if (!holds) throw new UserError(`${doing}: expected ${expected}, got ${came}`, 2);
  };
}

/** Whether a value is a whole number of at least `least`, and at most `most`. */
export function isWhole(value: unknown, least: number, most = Infinity): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** Whether a value is a finite number of at least `least`. */
export function isFrom(value: unknown, least: number): boolean {
  return typeof value === "number" && value >= least && value < Infinity;
}

/** Whether a value is a number of at least `least` that 32 bits can hold: larger ones would become infinite. */
export function isSingleFrom(value: unknown, least: number): boolean {
  return isFrom(value, least) && Math.fround(Number(value)) < Infinity;
}

/** Whether a value names a p-norm: a number in [1, inf]. */
export function isNorm(value: unknown): boolean {
  return typeof value === "number" && value >= 1;
}
