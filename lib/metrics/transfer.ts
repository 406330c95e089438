import { deepfool, type DeepFoolOptions } from "../attacks/deepfool/deepfool.ts";
import { fastGradientSign } from "../attacks/fast_gradient_sign/fast_gradient_sign.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { optionCheck } from "../engine/option_check.ts";
import type { Model } from "../networks/model.ts";
import { accuracy } from "./accuracy.ts";

/**
 * How attacks carry over: the accuracy of every model on the examples made on every model.
 *
 * @param models Models that take the same inputs.
 * @param perturb The perturbations of the split's images made on a model, [count, ...inputShape].
 * @returns accuracies[i][j] is that of model j, in 0..1, on examples made on model i.
 */
export async function transferMatrix(
  engine: Engine,
  models: readonly Model[],
  split: Split,
  perturb: (model: Model) => Promise<Float32Array>,
): Promise<number[][]> {
  const check = optionCheck("trying examples on several models");
  const accuracies: number[][] = [];
  for (const source of models) {
    const perturbations = await perturb(source);
    check(
      perturbations.length === split.images.length,
      `perturbations of ${split.images.length} numbers`,
      perturbations.length,
    );
    const examples = { ...split, images: split.images.map((x, i) => x + perturbations[i]!) };
    const row: number[] = [];
    for (const model of models) row.push(await accuracy(engine, model, examples));
    accuracies.push(row);
  }
  return accuracies;
}

/** {@link transferMatrix} of the fast gradient sign attack at an epsilon. */
export function signTransfer(
  engine: Engine,
  models: readonly Model[],
  split: Split,
  epsilon: number,
): Promise<number[][]> {
  const { images, labels } = split;
  return transferMatrix(
    engine,
    models,
    split,
    async (model) =>
      (await fastGradientSign(engine, model, images, { labels, epsilon })).perturbations,
  );
}

/**
 * {@link transferMatrix} of DeepFool. Its examples lie just beyond the boundary of the model that they are made on;
 * those of samples that were predicted wrong may be predicted right.
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
  );
}
