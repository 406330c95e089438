import { checkSplit } from "../compute/check_inputs.ts";
import { predict } from "../compute/predict.ts";
import { blocksOf } from "../data/blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../networks/model.ts";

/**
 * The share of a split's samples that a network predicts right, in 0..1; of those that can be read.
 *
 * @throws {UserError} when there is no image, or weights, images, labels and network do not fit, or a number is not finite.
 */
export async function accuracy(
  engine: Engine,
  model: Model,
  split: AnySplit,
): Promise<number> {
  checkSplit(`predicting with ${model.network.name}`, model.network, split);
  let [right, count] = [0, 0];
  for await (const { images, labels } of blocksOf(split)) {
    const predicted = (await predict(engine, model, images)).labels;
    right += predicted.filter((label, i) => label === labels[i]).length;
    count += labels.length;
  }
  return right / count;
}
