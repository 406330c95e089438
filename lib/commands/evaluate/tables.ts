import { min } from "d3-array";
import type { Columns, Row } from "../../files/arrow.ts";
import type { AttackOutcome, Evaluation } from "../../metrics/evaluation/evaluation.ts";
import { csv } from "../shared/csv.ts";
import type { TestImages } from "../shared/test_images.ts";
import { type EvaluationSummary, finite, type ModelSummary } from "./record.ts";
import { smallestRho, written } from "./words.ts";

/** evaluate.arrow: one row per model and measure, of all images (class null) or of one class. */
export const evaluateColumns = {
  model: "text",
  measure: "text",
  attack: "text or null",
  epsilon: "real or null",
  class: "short or null",
  images: "whole",
  value: "real or null",
} as const satisfies Columns;

/**
 * evaluate_images.arrow: one row per model and image. `norm` and `ratio` are of the smallest perturbation that makes the prediction
 * wrong, 0 where it is wrong already and null where none is known; `attack` found it. `ratio_by_prediction` is the ratio of the smallest one
 * that leaves the predicted class.
 */
export const imagesColumns = {
  model: "text",
  index: "whole",
  label: "short",
  predicted: "short",
  norm: "single or null",
  ratio: "single or null",
  attack: "text or null",
  attack_epsilon: "real or null",
  fooled_as: "short",
  ratio_by_prediction: "single or null",
  file: "text or null",
} as const satisfies Columns;

/** The rows of evaluate.arrow. */
export function measureRows({ models, epsilons, images }: EvaluationSummary): Row[] {
  return models.flatMap((model) => {
    const row = (measure: string, value: number | null, more: Partial<Row> = {}): Row => ({
      model: model.name,
      measure,
      attack: null,
      epsilon: null,
      class: null,
      images,
      value,
      ...more as Row,
    });
    const robust = (shares: readonly number[], more: Partial<Row> = {}) =>
      shares.map((share, i) => row("robust_accuracy", share, { epsilon: epsilons[i]!, ...more }));
    return [
      row("accuracy", model.accuracy),
      ...robust(model.robust_accuracies),
      ...model.under_attack.map(({ attack, epsilon, accuracy }) =>
        row("accuracy_under_attack", accuracy, { attack, epsilon })
      ),
      ...model.rho.flatMap(({ attack, by_prediction, by_label, unfooled }) => [
        row("rho_by_prediction", by_prediction, { attack }),
        row("rho_by_label", by_label, { attack }),
        row("unfooled", unfooled, { attack }),
      ]),
      row("median_norm", model.median_norm),
      ...model.classes.flatMap(({ class: label, images, accuracy, robust_accuracies }) => {
        const own = { class: label, images };
        return [row("accuracy", accuracy, own), ...robust(robust_accuracies, own)];
      }),
    ];
  });
}

/** The rows of evaluate_images.arrow for one model. */
export function imageRows(
  model: string,
  { labels, predicted, norms, ratios, foundBy, fooledAs, attacks }: Evaluation,
  { names }: Pick<TestImages, "names">,
): Row[] {
  const searches = attacks.filter(({ epsilon }) => epsilon === null);
  return names.map(({ index, file = null }, i) => ({
    model,
    index,
    label: labels[i]!,
    predicted: predicted[i]!,
    norm: finite(norms[i]!),
    ratio: finite(ratios[i]!),
    attack: attacks[foundBy[i]!]?.name ?? null,
    attack_epsilon: attacks[foundBy[i]!]?.epsilon ?? null,
    fooled_as: fooledAs[i]!,
    ratio_by_prediction: finite(
      min(searches, ({ fooled, ratios }: AttackOutcome) => fooled[i] ? ratios[i] : undefined) ??
        NaN,
    ),
    file,
  }));
}

/** evaluate.csv: one row per model, from the most robust to the least. */
export function csvOf(summary: EvaluationSummary): string {
  const { models, epsilons, images } = summary;
  const heads = [
    "model",
    "network",
    "sha256",
    "images",
    "accuracy",
    ...epsilons.map((epsilon) => `robust_accuracy_${written(epsilon, summary)}`),
    "rho_by_prediction",
    "rho_by_label",
    "median_norm",
    "unfooled",
    "warning_signs",
    "duration_seconds",
  ];
  const rows = models.map((model) => [...cellsOf(model, images)]);
  return csv([heads, ...rows]);
}

function cellsOf(model: ModelSummary, images: number): (string | number | null)[] {
  const { by_prediction, by_label, unfooled } = smallestRho(model);
  return [
    model.name,
    model.network,
    model.sha256,
    images,
    model.accuracy,
    ...model.robust_accuracies,
    by_prediction,
    by_label,
    model.median_norm,
    unfooled,
    model.warning_signs.length,
    model.duration_seconds,
  ];
}
