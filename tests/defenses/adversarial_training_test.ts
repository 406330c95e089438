import assert from "node:assert/strict";
import { fastGradientSign } from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { advTrain2 } from "../../lib/defenses/adv_train_2.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";
import { difference, type Gradients, relativeError, split, step } from "./step.ts";

/** u a + v b. */
function mixed(u: number, a: Gradients, v: number, b: Gradients): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.keys(a).map((name) => [
      name,
      Float64Array.from(a[name]!, (value, i) => u * value + v * b[name]![i]!),
    ]),
  );
}

for (const network of [smallMlp(), smallConvolutional()]) {
  Deno.test(`Adv. Train II on ${network.name}: the mean of the clean loss and that under attack`, async () => {
    const engine = await sharedEngine(1);
    const [share, epsilon] = [0.3, 0.2];
    const weights = smallWeights(network, "step");
    const { perturbations } = await fastGradientSign(engine, { network, weights }, split.images, {
      labels: split.labels,
      epsilon,
    });
    const images = split.images.map((x, i) => x + perturbations[i]!);
    const plain = await step(engine, network, clean());
    const attacked = await step(engine, network, clean(), { ...split, images });
    const actual = await step(engine, network, advTrain2({ share, epsilon }));
    const loss = 0.7 * plain.loss + 0.3 * attacked.loss;
    assert.ok(Math.abs(actual.loss - loss) < 1e-5 * loss);
    const expected = mixed(0.7, plain.gradients, 0.3, attacked.gradients);
    assert.ok(relativeError(actual.gradients, expected) < 1e-4);
  });

  Deno.test(`Deep Defense with Adv. Train II on ${network.name}: one's loss and the other's regulariser`, async () => {
    const engine = await sharedEngine(1);
    const mixture = { share: 0.5, epsilon: 0.2 };
    const both = await step(engine, network, deepDefense({ mixture }));
    const trained = await step(engine, network, advTrain2(mixture));
    const defended = await step(engine, network, deepDefense());
    const plain = await step(engine, network, clean());
    assert.ok(Math.abs(both.loss - trained.loss) < 1e-6);
    assert.equal(both.regularizer, defended.regularizer);
    const regularizer = difference(defended.gradients, plain.gradients);
    const expected = mixed(1, trained.gradients, 1, regularizer);
    assert.ok(relativeError(both.gradients, expected) < 1e-5);
  });
}
