import { checkSplit } from "../compute/check_inputs.ts";
import { predict } from "../compute/predict.ts";
import { blocksOf } from "../data/blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";

/**
 * The share of a split's samples that a network predicts right, in 0..1; samples that cannot be read do not count.
 *
 * @throws {UserError} when there is no image, or weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example Points that belong to the class of their larger coordinate.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const network = dd.defineNetwork({ name: "larger", inputShape: [2], layers: dd.dense(2) });
 * const weights = {
 *   weight: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
 *   bias: { shape: [2], data: new Float32Array(2) },
 * };
 * const model: dd.Model = { network, weights };
 * const images = Float32Array.of(3, 1, 2, 5); // two samples, of the classes 0 and 1
 *
 * const labels = Uint16Array.of(0, 0);
 * assert.equal(await dd.accuracy(engine, model, { images, labels, count: 2 }), 0.5);
 * ```
 */
export async function accuracy(
  engine: Engine,
  model: Model,
  split: AnySplit,
  { signal }: StopOptions = {},
): Promise<number> {
  checkSplit(`predicting with ${model.network.name}`, model.network, split);
  let [right, count] = [0, 0];
  for await (const { images, labels } of blocksOf(split)) {
    const predicted = (await predict(engine, model, images, { signal })).labels;
    right += predicted.filter((label, i) => label === labels[i]).length;
    count += labels.length;
  }
  return right / count;
}
