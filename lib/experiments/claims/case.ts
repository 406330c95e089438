/** A claim on one network, or on one curve. */
export interface Case {
  /** Whether it holds; null where a figure that it needs was not measured. */
  readonly holds: boolean | null;
  /** The figures that decide, or what is missing. */
  readonly figures: string;
}

/** Whether a claim holds in all cases: false where it fails in one; otherwise null where one, or everything, is missing. */
export function holdsInAll(cases: readonly Case[]): boolean | null {
  if (cases.some(({ holds }) => holds === false)) return false;
  return cases.length === 0 || cases.some(({ holds }) => holds === null) ? null : true;
}

/** The case for which the named figures are missing. */
export function notMeasured(what: string): Case {
  return { holds: null, figures: `${what} not measured` };
}

/** A rho_2 in a case's figures, to three significant digits: `0.225`. */
export function ratio(value: number): string {
  return value.toPrecision(3);
}
