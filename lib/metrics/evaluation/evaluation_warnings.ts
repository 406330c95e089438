import { greatest, mean } from "d3-array";
import type { Attacked } from "../../attacks/attacked.ts";
import { attacks } from "../../attacks/attacks.ts";
import type { Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import type { StopOptions } from "../../engine/stop.ts";
import type { Model } from "../../networks/model.ts";
import {
  accuracySigns,
  attackSigns,
  firstOf,
  gradientSigns,
  memberSigns,
  roundingSigns,
} from "../warning_signs.ts";
import type { AttackOutcome, Evaluation, EvaluationWarning } from "./evaluation.ts";
import type { PlannedAttack, PlanOptions } from "./evaluation_plan.ts";

/**
 * The signs of one attack's results; of an attack with a bound on pixels, what rounding does to it too; of an ensemble, which
 * members it lacks.
 */
export async function attackWarnings(
  engine: Engine,
  model: Model,
  { images, labels }: Split,
  { planned: { name: attack, epsilon }, attacked, within, p, signal }: PlanOptions & {
    readonly planned: PlannedAttack;
    readonly attacked: Attacked;
  },
): Promise<EvaluationWarning[]> {
  const isRounded = epsilon !== null && within?.low === 0 && within.high === 255;
  const members = attacks[attack]!.membersOf?.(model.network, p);
  const signs = [
    ...members ? memberSigns(members) : [],
    ...attackSigns(attacked),
    ...isRounded ? await roundingSigns(engine, model, images, attacked, { labels, signal }) : [],
  ];
  return signs.map((sign) => ({ ...sign, attack, epsilon }));
}

/** All signs of an evaluation: of the model's gradients, on the first images; of its attacks; and of their accuracies by strength. */
export async function evaluationWarnings(
  engine: Engine,
  model: Model,
  split: Split,
  { attacks, signs, ...about }: Pick<Evaluation, "attacks" | "labels" | "predicted"> & {
    /** Signs of single attacks. */
    readonly signs: readonly EvaluationWarning[];
  },
  options: StopOptions,
): Promise<EvaluationWarning[]> {
  const gradients = await gradientSigns(engine, model, firstOf(split), options);
  const byStrength = Map.groupBy(
    attacks.filter(({ epsilon }) => epsilon !== null),
    ({ name }) => name,
  );
  return [
    ...gradients.map((sign) => ({ ...sign, attack: null, epsilon: null })),
    ...mostTelling(signs),
    ...[...byStrength].flatMap(([attack, outcomes]) => {
      const epsilons = outcomes.map(({ epsilon }) => epsilon!);
      return accuracySigns(epsilons, outcomes.map((outcome) => accuracyUnder(outcome, about)))
        .map((sign) => ({ ...sign, attack, epsilon: null }));
    }),
  ];
}

/** Of an attack's signs of one kind, seen at several strengths, the one of most images. */
function mostTelling(signs: readonly EvaluationWarning[]): EvaluationWarning[] {
  const kinds = Map.groupBy(signs, ({ attack, sign }) => `${attack} ${sign}`);
  return Array.from(
    kinds.values(),
    (same) => greatest(same, ({ figures }: EvaluationWarning) => figures.images ?? 0)!,
  );
}

/** The share of images that is predicted right before and after an attack, in 0..1. */
export function accuracyUnder(
  { fooledAs }: AttackOutcome,
  { labels, predicted }: Pick<Evaluation, "labels" | "predicted">,
): number {
  const isRight = (label: number, i: number) => label === predicted[i] && label === fooledAs[i];
  return mean(labels, (label: number, i: number) => Number(isRight(label, i))) ?? NaN;
}
