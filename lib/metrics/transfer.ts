import { goalOf } from "../attacks/attack_routine.ts";
import type { Attacked, AttackOptions } from "../attacks/attacked.ts";
import { deepfool, type DeepFoolOptions } from "../attacks/deepfool/deepfool.ts";
import { fastGradientSign } from "../attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { predict } from "../compute/predict.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { optionCheck } from "../engine/option_check.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";
import { accuracy } from "./accuracy.ts";

/**
 * The effect on this model of examples that were made on another model: a black-box attack by transfer.
 *
 * @param images Inputs as both models take them, [count, ...inputShape].
 * @param attacked The attack on the other model.
 * @param goal The goal of that attack: labels to leave or targets to reach; without either, the class that this model
 * predicts at x is the one to leave.
 * @returns The same perturbations; `predicted`, `fooledAs` and `fooled` are this model's.
 * @throws {UserError} when weights, images, perturbations and network do not fit, or a number or a logit is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function transferred<A extends Attacked>(
  engine: Engine,
  model: Model,
  images: Float32Array,
  attacked: A,
  { labels, targets, signal }: Pick<AttackOptions, "labels" | "targets" | "signal"> = {},
): Promise<A> {
  const { perturbations } = attacked;
  checkLength(perturbations, images);
  const { labels: predicted } = await predict(engine, model, images, { signal });
  const examples = images.map((x, i) => x + perturbations[i]!);
  const { labels: fooledAs } = await predict(engine, model, examples, { signal });
  const isThere = goalOf({ targets });
  const goals = targets ?? labels ?? predicted;
  const fooled = fooledAs.map((reached, i) => Number(isThere(reached, goals[i]!)));
  return { ...attacked, predicted, fooledAs, fooled };
}

/**
 * How attacks transfer: the accuracy of every model on the examples made on every model.
 *
 * @param models Models that take the same inputs.
 * @param perturb The perturbations of the split's images made on a model, [count, ...inputShape].
 * @returns accuracies[i][j] is the accuracy of model j, in 0..1, on examples made on model i.
 * @throws {UserError} when weights, images, labels, perturbations and networks do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function transferMatrix(
  engine: Engine,
  models: readonly Model[],
  split: Split,
  perturb: (model: Model) => Promise<Float32Array>,
  options: StopOptions = {},
): Promise<number[][]> {
  const accuracies: number[][] = [];
  for (const source of models) {
    const perturbations = await perturb(source);
    checkLength(perturbations, split.images);
    const examples = { ...split, images: split.images.map((x, i) => x + perturbations[i]!) };
    const row: number[] = [];
    for (const model of models) row.push(await accuracy(engine, model, examples, options));
    accuracies.push(row);
  }
  return accuracies;
}

function checkLength({ length }: Float32Array, images: Float32Array): void {
  const check = optionCheck("trying examples on several models");
  check(length === images.length, `perturbations of ${images.length} numbers`, length);
}

/**
 * {@link transferMatrix} of the fast gradient sign attack at an epsilon.
 *
 * @throws {UserError} when epsilon is outside its range, weights, images, labels and networks do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export function signTransfer(
  engine: Engine,
  models: readonly Model[],
  split: Split,
  epsilon: number,
  { signal }: StopOptions = {},
): Promise<number[][]> {
  const { images, labels } = split;
  return transferMatrix(
    engine,
    models,
    split,
    async (model) =>
      (await fastGradientSign(engine, model, images, { labels, epsilon, signal })).perturbations,
    { signal },
  );
}

/**
 * {@link transferMatrix} of DeepFool. Its examples lie just beyond the boundary of the model that they are made on;
 * examples of samples that were predicted wrong may be predicted right.
 *
 * @throws {UserError} when an option lies outside its range, weights, images, labels and networks do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export function deepfoolTransfer(
  engine: Engine,
  models: readonly Model[],
  split: Split,
  options: DeepFoolOptions = {},
): Promise<number[][]> {
  return transferMatrix(
    engine,
    models,
    split,
    async (model) => (await deepfool(engine, model, split.images, options)).perturbations,
    options,
  );
}
