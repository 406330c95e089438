import { descending } from "d3-array";
import type { Json } from "../../files/checksums.ts";
import type { MachineFacts } from "../../jobs/machine.ts";
import type { Evaluation, EvaluationWarning } from "../../metrics/evaluation/evaluation.ts";
import { evaluationFigures, robustAccuracy } from "../../metrics/evaluation/evaluation_figures.ts";
import { titleOf } from "../shared/model_file.ts";
import type { NamedModel } from "./named_models.ts";

/** What an evaluation of one model came to. Shares are in 0..1; null stands for what is infinite or not there. */
export interface ModelSummary {
  readonly name: string;
  /** The network's name; of an ONNX file, the file's. */
  readonly network: string;
  readonly sha256: string;
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** For each epsilon, the share that is right and that no attack of at most this strength is known to make wrong. */
  readonly robust_accuracies: readonly number[];
  /** The mean of the robust accuracies: what models are sorted by. */
  readonly mean_robust_accuracy: number;
  /** The accuracy under each attack with a bound alone. */
  readonly under_attack: readonly {
    readonly attack: string;
    readonly epsilon: number;
    readonly accuracy: number;
  }[];
  /** rho_p of each search for the smallest perturbation; of the smallest of all attacks, `attack` is null. */
  readonly rho: readonly {
    readonly attack: string | null;
    readonly by_prediction: number | null;
    readonly by_label: number | null;
    readonly unfooled: number;
  }[];
  /** The median of the smallest norms, a wrong prediction's being 0. */
  readonly median_norm: number | null;
  /** How many images have no ratio, since their norm is 0. */
  readonly without_ratio: number;
  /** Accuracy and robust accuracies of each class that has images. */
  readonly classes: readonly {
    readonly class: number;
    readonly images: number;
    readonly accuracy: number;
    readonly robust_accuracies: readonly number[];
  }[];
  /** The robust accuracy at each of the record's `curve_epsilons`. */
  readonly curve: readonly number[];
  readonly warning_signs: readonly EvaluationWarning[];
  readonly duration_seconds: number;
}

/** What an evaluation of all models came to. */
export interface EvaluationSummary {
  readonly dataset: string;
  readonly images: number;
  /** 2 or inf. */
  readonly norm: "2" | "inf";
  /** What norms and strengths are measured in. */
  readonly units: string;
  readonly budget: string;
  /** The attacks in their order, each once. */
  readonly attacks: readonly { readonly name: string; readonly title: string }[];
  readonly epsilons: readonly number[];
  /** Where curves are known, rising. */
  readonly curve_epsilons: readonly number[];
  /** Sorted by the mean of the robust accuracies, the largest first. */
  readonly models: readonly ModelSummary[];
  /** How many images, and class folders without images, were left out. */
  readonly left_out: number;
  /** The first few of them, and why. */
  readonly left_out_first: readonly string[];
}

/** What evaluate.json holds. */
export interface EvaluationRecord {
  /** Names all that the results depend on. */
  readonly key: string;
  readonly command: string;
  readonly settings: Readonly<Record<string, Json>>;
  readonly summary: EvaluationSummary;
  readonly machine: MachineFacts;
}

/** Points of a curve between 0 and its end. */
const points = 100;

/** Where curves are drawn: evenly up to one and a half times the largest strength, and at each strength. */
export function curveEpsilons(epsilons: readonly number[]): number[] {
  const end = 1.5 * epsilons.at(-1)!;
  const even = Array.from({ length: points + 1 }, (_, i) => end * i / points);
  return [...new Set([...even, ...epsilons])].sort((a, b) => a - b);
}

/** Sums up one model's evaluation. */
export function modelSummary(
  model: NamedModel,
  evaluation: Evaluation,
  seconds: number,
): ModelSummary {
  const figures = evaluationFigures(evaluation);
  const { robustAccuracies } = figures;
  return {
    name: model.name,
    network: titleOf(model),
    sha256: model.sha256,
    accuracy: figures.accuracy,
    robust_accuracies: robustAccuracies,
    mean_robust_accuracy: robustAccuracies.reduce((a, b) => a + b, 0) / robustAccuracies.length,
    under_attack: figures.underAttack,
    rho: figures.rho.map(({ attack, byPrediction, byLabel, unfooled }) => ({
      attack,
      by_prediction: finite(byPrediction),
      by_label: finite(byLabel),
      unfooled,
    })),
    median_norm: finite(figures.medianNorm),
    without_ratio: figures.withoutRatio,
    classes: figures.classes.map(({ robustAccuracies, ...own }) => ({
      ...own,
      robust_accuracies: robustAccuracies,
    })),
    curve: curveEpsilons(evaluation.epsilons).map((epsilon) => robustAccuracy(evaluation, epsilon)),
    warning_signs: evaluation.warnings,
    duration_seconds: seconds,
  };
}

/** A number, or null where it is infinite or none. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Models from the most robust to the least; of equally robust ones, the more accurate first. */
export function byRobustness(models: readonly ModelSummary[]): ModelSummary[] {
  return models.toSorted((a, b) =>
    descending(a.mean_robust_accuracy, b.mean_robust_accuracy) ||
    descending(a.accuracy, b.accuracy)
  );
}
