import { mean } from "d3-array";

/** The measures of every trained network; null where it diverged. */
export interface Measured {
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

/**
 * One row for all seeds of a setting: the first seed's, with accuracy and rho_2 averaged over the seeds that did not diverge
 * (null where all did). Settings keep the order in which they first came.
 *
 * @param settingOf Gives a value that is the same for all rows of a setting.
 */
export function seedMeans<Row extends Measured>(
  rows: readonly Row[],
  settingOf: (row: Row) => string | number,
): Row[] {
  return [...Map.groupBy(rows, settingOf).values()].map((seeds) => {
    const known = seeds.filter(isMeasured);
    return {
      ...seeds[0]!,
      accuracy: mean(known, (row: Measured) => row.accuracy) ?? null,
      rho2: mean(known, (row: Measured) => row.rho2) ?? null,
    };
  });
}

/**
 * The rows of the seeds that have every setting, that is, as many rows as any seed. A seed that repeats only some settings
 * would move the means of these alone.
 */
export function wholeSeeds<Row extends { readonly seed: number }>(rows: readonly Row[]): Row[] {
  const seeds = [...Map.groupBy(rows, ({ seed }) => seed).values()];
  const most = Math.max(...seeds.map((own) => own.length));
  return seeds.filter((own) => own.length === most).flat();
}

/** Whether a network was measured; one that diverged was not. */
export function isMeasured<Row extends Measured>(
  row: Row,
): row is Row & { readonly accuracy: number; readonly rho2: number } {
  return row.accuracy !== null && row.rho2 !== null;
}
