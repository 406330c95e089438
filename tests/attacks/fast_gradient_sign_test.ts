import assert from "node:assert/strict";
import {
  accuraciesUnderSign,
  fastGradientSign,
} from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { predict } from "../../lib/compute/predict.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit } from "../small_problem.ts";

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = network.init("fgs");
  const { images, labels, count } = smallSplit(70, "fgs");

  Deno.test(`FGS on ${network.name}: epsilon 0 is the identity, and fools where the prediction is wrong`, async () => {
    const engine = await sharedEngine(2);
    const { perturbations, predicted, fooledAs, fooled } = await fastGradientSign(
      engine,
      { network, weights },
      images,
      {
        labels,
        epsilon: 0,
      },
    );
    assert.ok(perturbations.every((r) => Math.abs(r) === 0));
    assert.deepEqual(fooledAs, predicted);
    assert.deepEqual([...fooled], Array.from(labels, (label, i) => Number(label !== predicted[i])));
  });

  Deno.test(`FGS on ${network.name}: the largest change of a pixel is epsilon`, async () => {
    const engine = await sharedEngine(2);
    const { perturbations } = await fastGradientSign(engine, { network, weights }, images, {
      labels,
      epsilon: 0.25,
    });
    for (let i = 0; i < count; i++) {
      assert.equal(Math.max(...perturbations.subarray(i * 36, (i + 1) * 36).map(Math.abs)), 0.25);
    }
  });

  Deno.test(`FGS on ${network.name}: the sign is that of the loss's finite differences`, async () => {
    const engine = await sharedEngine(1);
    const { perturbations } = await fastGradientSign(engine, { network, weights }, images, {
      labels,
      epsilon: 1,
    });
    const x = images.slice(0, 36);
    const moved = Float32Array.from({ length: 72 * 36 }, (_, i) => {
      const [row, column] = [Math.floor(i / 36), i % 36];
      return x[column]! + (Math.floor(row / 2) === column ? (row % 2 === 0 ? 1e-2 : -1e-2) : 0);
    });
    const { logits } = await predict(engine, { network, weights }, moved);
    const loss = (row: number) => {
      const scores = [...logits.subarray(row * 4, row * 4 + 4)];
      return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) -
        scores[labels[0]!]!;
    };
    for (let pixel = 0; pixel < 36; pixel++) {
      const slope = (loss(2 * pixel) - loss(2 * pixel + 1)) / 2e-2;
      if (Math.abs(slope) > 1e-3) assert.equal(perturbations[pixel], Math.sign(slope));
    }
  });

  Deno.test(`FGS on ${network.name}: accuracies are those of the perturbed images`, async () => {
    const engine = await sharedEngine(2);
    const epsilons = [0, 0.1, 0.5];
    const accuracies = await accuraciesUnderSign(
      engine,
      { network, weights },
      images,
      labels,
      epsilons,
    );
    for (const [i, epsilon] of epsilons.entries()) {
      const { fooledAs } = await fastGradientSign(engine, { network, weights }, images, {
        labels,
        epsilon,
      });
      assert.equal(
        accuracies[i],
        fooledAs.filter((label, j) => label === labels[j]).length / count,
      );
    }
  });
}

for (
  const [length, labels, epsilon, message] of [
    [35, [0], 1, /images of 36 numbers each, got 35/],
    [72, [0], 1, /2 labels, got 1/],
    [36, [4], 1, /labels below 4, got 4/],
    [36, [0], -1, /epsilon in \[0, 3.4e38\], got -1/],
    [36, [0], NaN, /epsilon in \[0, 3.4e38\], got NaN/],
  ] as const
) {
  Deno.test(`FGS refuses ${length} numbers with the labels ${labels} and epsilon ${epsilon}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const model = { network, weights: network.init(0) };
    const images = new Float32Array(length);
    const options = { labels: Uint16Array.from(labels), epsilon };
    const isRefused = (error: Error) => error instanceof UserError && message.test(error.message);
    await assert.rejects(fastGradientSign(engine, model, images, options), isRefused);
    await assert.rejects(
      accuraciesUnderSign(engine, model, images, options.labels, [0, epsilon]),
      isRefused,
    );
  });
}
