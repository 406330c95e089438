import { mean } from "d3-array";
import { rankCorrelation } from "./rank_correlation.ts";
import type { Figure3Row } from "../figure3.ts";
import type { Figure4Row } from "../figure4.ts";
import { isMeasured, type Measured, seedMeans } from "../seed_means.ts";
import { type Case, notMeasured, ratio } from "./case.ts";
import { percentage } from "../../metrics/percentage.ts";

/** The rank correlations of accuracy and rho_2 with a setting. */
interface Trend {
  readonly accuracy: number;
  readonly rho2: number;
}

/**
 * Whether accuracy grows and rho_2 falls with c: on the curve of every lambda, a case each, Spearman's rank correlation with c
 * is positive for accuracy and negative for rho_2. The models of a curve are the means over seeds; a curve of fewer than three
 * does not count as measured.
 */
export function trendsOfC(rows: readonly Figure3Row[]): Case[] {
  return [...Map.groupBy(rows, ({ lambda }) => lambda)].map(([lambda, curve]) => {
    const trend = trendOf(curve, "c");
    if (!trend) return notMeasured(`λ = ${lambda}`);
    return {
      holds: trend.accuracy > 0 && trend.rho2 < 0,
      figures: `λ = ${lambda}: ${told("c", trend)}`,
    };
  });
}

/**
 * Whether accuracy falls and rho_2 grows with lambda: of the rank correlations with lambda among the models of every c, the mean
 * over c is negative for accuracy and positive for rho_2. One case; none where no c has three lambdas.
 */
export function trendOfLambda(rows: readonly Figure3Row[]): Case[] {
  const groups = [...Map.groupBy(rows, ({ c }) => c).values()];
  const trends = groups.flatMap((models) => trendOf(models, "lambda") ?? []);
  if (trends.length === 0) return [];
  const accuracy: number = mean(trends, (trend: Trend) => trend.accuracy)!;
  const rho2: number = mean(trends, (trend: Trend) => trend.rho2)!;
  return [{
    holds: accuracy < 0 && rho2 > 0,
    figures: `${told("λ", { accuracy, rho2 })}, means over ${trends.length} values of c`,
  }];
}

/** The correlations of the measures with a setting, among models with the same other setting; undefined for fewer than three. */
function trendOf(rows: readonly Figure3Row[], setting: "lambda" | "c"): Trend | undefined {
  const models = seedMeans(rows, (row) => row[setting]).filter(isMeasured);
  if (models.length < 3) return undefined;
  const settings = models.map((model) => model[setting]);
  return {
    accuracy: rankCorrelation(settings, models.map(({ accuracy }) => accuracy)),
    rho2: rankCorrelation(settings, models.map(({ rho2 }) => rho2)),
  };
}

function told(setting: string, { accuracy, rho2 }: Trend): string {
  return `rank correlation of ${setting} with accuracy ${signed(accuracy)}, ` +
    `with ρ₂ ${signed(rho2)}`;
}

/** `0.80`, `−0.80`. */
function signed(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

/**
 * Whether fc1 is the most useful single layer: among the models at least as accurate as the reference, fc1's highest rho_2 is
 * above every other layer's. Models are means over seeds, and so is the reference, over the same seeds. A layer without such a
 * model counts as 0. One case; none where fc1, another layer or the reference was not measured.
 *
 * @param references The networks that the models were fine-tuned from, one per seed.
 */
export function mostUsefulLayer(
  rows: readonly Figure4Row[],
  references: readonly (Measured & { readonly seed: number })[],
): Case[] {
  const models = seedMeans(rows, ({ layer, c }) => `${layer} ${c}`).filter(isMeasured);
  const layers = [...new Set(models.map(({ layer }) => layer))];
  const seeds = new Set(rows.map(({ seed }) => seed));
  const least = mean(
    references.filter(({ seed }) => seeds.has(seed)),
    (row: Measured) => row.accuracy,
  );
  if (least === undefined || !layers.includes("fc1") || layers.length < 2) return [];
  const reached = new Map(layers.map((layer) => [
    layer,
    Math.max(
      0,
      ...models.filter((model) => model.layer === layer && model.accuracy >= least)
        .map(({ rho2 }) => rho2),
    ),
  ]));
  const others = layers.filter((layer) => layer !== "fc1").map((layer) => reached.get(layer)!);
  const told = [...reached].map(([layer, rho2]) => `${layer} ${rho2 > 0 ? ratio(rho2) : "none"}`);
  return [{
    holds: reached.get("fc1")! > Math.max(...others),
    figures: `highest ρ₂ at an accuracy of at least the reference's ${percentage(least)}: ` +
      told.join(", "),
  }];
}
