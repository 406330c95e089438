import type { Figure2Row } from "../figure2.ts";
import { isMeasured, seedMeans } from "../seed_means.ts";
import { type Case, notMeasured, ratio } from "./case.ts";
import { percentage } from "../../metrics/percentage.ts";

/** An epoch of a curve: the means over seeds. */
type Epoch = Pick<Figure2Row, "epoch"> & { readonly accuracy: number; readonly rho2: number };

/**
 * Whether a curve exceeds its start, the reference, in both accuracy and rho_2 after one of its first three epochs, and ends
 * higher in both than it was two epochs before its end. Takes the rows of one network and method.
 */
export function passesAndGrows(rows: readonly Figure2Row[]): Case {
  const exceeds = (a: Epoch, b: Epoch) => a.accuracy > b.accuracy && a.rho2 > b.rho2;
  return judge(
    rows,
    ([start, ...epochs]) =>
      epochs.slice(0, 3).some((at) => exceeds(at, start!)) &&
      exceeds(epochs.at(-1)!, epochs.at(-3)!),
  );
}

/**
 * Whether accuracy is higher and rho_2 lower after the last epoch than after the first. The reference, from which the first
 * epoch starts, does not count. Takes the rows of one network and method.
 */
export function growsAndFalls(rows: readonly Figure2Row[]): Case {
  return judge(rows, ([_, ...epochs]) => {
    const [first, last] = [epochs[0]!, epochs.at(-1)!];
    return last.accuracy > first.accuracy && last.rho2 < first.rho2;
  });
}

function judge(rows: readonly Figure2Row[], holds: (curve: readonly Epoch[]) => boolean): Case {
  const curve = curveOf(rows);
  if (curve.length < 4) return notMeasured("a third epoch");
  const accuracies = curve.map(({ accuracy }) => percentage(accuracy)).join(", ");
  const ratios = curve.map(({ rho2 }) => ratio(rho2)).join(", ");
  return { holds: holds(curve), figures: `epoch by epoch accuracy ${accuracies}, ρ₂ ${ratios}` };
}

/** The means over the seeds that were measured after every epoch: a seed that diverged in between would distort the curve. */
function curveOf(rows: readonly Figure2Row[]): Epoch[] {
  const bySeed = [...Map.groupBy(rows.filter(isMeasured), ({ seed }) => seed).values()];
  const epochs = new Set(rows.map(({ epoch }) => epoch)).size;
  const whole = bySeed.filter((seed) => seed.length === epochs).flat();
  return seedMeans(whole, ({ epoch }) => epoch).filter(isMeasured)
    .sort((a, b) => a.epoch - b.epoch);
}
