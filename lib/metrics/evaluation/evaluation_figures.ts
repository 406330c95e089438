import { mean, min } from "d3-array";
import type { AttackOutcome, Evaluation } from "./evaluation.ts";
import { accuracyUnder } from "./evaluation_warnings.ts";
import { median } from "./median.ts";

/** The accuracy under one attack with a bound. */
export interface AccuracyUnderAttack {
  /** The attack's name. */
  readonly attack: string;
  /** Its strength. */
  readonly epsilon: number;
  /** The share that is predicted right before and after, in 0..1. */
  readonly accuracy: number;
}

/** How large the perturbations are that a search for the smallest ones found: rho_p, the mean of ||Delta_x||_p / ||x||_p. */
export interface PerturbationSizes {
  /** The search's name; null for the smallest perturbation of all attacks. */
  readonly attack: string | null;
  /**
   * The paper's: of leaving the predicted class. Images that a search did not fool count with the perturbation they have;
   * in the smallest of all, where they have none, they are left out. NaN where no image counts.
   */
  readonly byPrediction: number;
  /** As published tools have it: of leaving the true class, so that a wrong prediction counts 0; else the same. */
  readonly byLabel: number;
  /** How many images were not fooled. */
  readonly unfooled: number;
}

/** How far a model resists on the images of one class. Shares are in 0..1. */
export interface ClassFigures {
  /** The true class. */
  readonly class: number;
  /** How many images it has. */
  readonly images: number;
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** The share for which no attack succeeds, for each epsilon. */
  readonly robustAccuracies: readonly number[];
}

/** What an evaluation comes to. Shares are in 0..1. */
export interface EvaluationFigures {
  /** How many images. */
  readonly images: number;
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** {@link robustAccuracy} at each epsilon. */
  readonly robustAccuracies: readonly number[];
  /** The accuracy under each attack with a bound alone. */
  readonly underAttack: readonly AccuracyUnderAttack[];
  /** rho_p of each search for the smallest perturbation, and of the smallest of all attacks, which is last. */
  readonly rho: readonly PerturbationSizes[];
  /** The median of the smallest known norms, 0 where the prediction is wrong; infinite where no attack succeeds on half of the images. */
  readonly medianNorm: number;
  /** How many images have no ratio, since ||x|| = 0. */
  readonly withoutRatio: number;
  /** The same by class, of classes that have images. */
  readonly classes: readonly ClassFigures[];
}

/**
 * The share of images that is predicted right and for which no perturbation of norm epsilon or less is known, in 0..1: an upper bound of
 * the robust accuracy. It never rises with epsilon. Below the smallest strength of the attacks with a bound, and between their strengths,
 * it rests mostly on the searches for the smallest perturbation.
 *
 * @param evaluation What {@link evaluate} found.
 * @param epsilon The strength, in the units of the inputs; 0 gives the accuracy.
 */
export function robustAccuracy({ norms }: Pick<Evaluation, "norms">, epsilon: number): number {
  return mean(norms, (norm: number) => Number(norm > epsilon)) ?? NaN;
}

/** Sums up an evaluation. */
export function evaluationFigures(evaluation: Evaluation): EvaluationFigures {
  const { count, labels, predicted, norms, ratios, attacks, epsilons } = evaluation;
  return {
    images: count,
    accuracy: shareRight(labels, predicted),
    robustAccuracies: epsilons.map((epsilon) => robustAccuracy(evaluation, epsilon)),
    underAttack: attacks.flatMap((attack) =>
      attack.epsilon === null ? [] : [{
        attack: attack.name,
        epsilon: attack.epsilon,
        accuracy: accuracyUnder(attack, evaluation),
      }]
    ),
    rho: rhoOf(evaluation),
    medianNorm: median(norms),
    withoutRatio: ratios.filter(Number.isNaN).length,
    classes: classFigures(evaluation),
  };
}

function shareRight(labels: Uint16Array, predicted: Uint16Array): number {
  return mean(labels, (label: number, i: number) => Number(label === predicted[i])) ?? NaN;
}

function rhoOf({ labels, predicted, attacks, ratios }: Evaluation): PerturbationSizes[] {
  const searches = attacks.filter(({ epsilon }) => epsilon === null);
  const each = searches.map(({ name, ratios, fooled }) => ({
    attack: name,
    byPrediction: mean(ratios) ?? NaN,
    byLabel:
      mean(ratios, (ratio: number, i: number) => labels[i] === predicted[i] ? ratio : ratio * 0) ??
        NaN,
    unfooled: fooled.filter((one) => one === 0).length,
  }));
  return [...each, {
    attack: null,
    byPrediction: finiteMean(
      ratios.map((ratio, i) => labels[i] === predicted[i] ? ratio : smallestRatio(searches, i)),
    ),
    byLabel: finiteMean(ratios),
    unfooled: ratios.filter((ratio) => ratio === Infinity).length,
  }];
}

/** The smallest ratio that a search found for an image; infinite where none fooled it. */
function smallestRatio(searches: readonly AttackOutcome[], i: number): number {
  return min(searches, ({ fooled, ratios }: AttackOutcome) => fooled[i] ? ratios[i] : Infinity) ??
    Infinity;
}

function finiteMean(values: Float32Array): number {
  return mean(values.filter(Number.isFinite)) ?? NaN;
}

function classFigures({ labels, predicted, norms, epsilons }: Evaluation): ClassFigures[] {
  const places = Map.groupBy(labels.keys(), (i) => labels[i]!);
  return [...places].sort(([a], [b]) => a - b).map(([label, own]) => {
    const of = <T extends Uint16Array | Float32Array>(values: T) =>
      values.filter((_, i) => labels[i] === label) as T;
    const robust = { norms: of(norms) };
    return {
      class: label,
      images: own.length,
      accuracy: shareRight(of(labels), of(predicted)),
      robustAccuracies: epsilons.map((epsilon) => robustAccuracy(robust, epsilon)),
    };
  });
}
