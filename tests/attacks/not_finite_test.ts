import assert from "node:assert/strict";
import { apgd, apgdTargeted } from "../../lib/attacks/apgd/apgd.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import {
  accuraciesUnderSign,
  fastGradientSign,
} from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { fastAdaptiveBoundary } from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { squareAttack } from "../../lib/attacks/square/square_attack.ts";
import { ddn } from "../../lib/attacks/ascent/ddn.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import type { Split, StreamedSplit } from "../../lib/data/dataset.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { train } from "../../lib/training/train.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const weights = smallWeights(network, "not finite");
const split = smallSplit(20, "not finite");
const length = 36;

type Use = (engine: Engine, weights: Weights, split: Split) => Promise<unknown>;

const uses: Record<string, Use> = {
  "predicting with small-mlp": (engine, weights, { images }) =>
    predict(engine, { network, weights }, images),
  "predicting with small-mlp (accuracy)": (engine, weights, split) =>
    accuracy(engine, { network, weights }, split),
  "attacking small-mlp with DeepFool": (engine, weights, { images }) =>
    deepfool(engine, { network, weights }, images),
  "attacking small-mlp with DeepFool (FMN)": (engine, weights, { images }) =>
    fastMinimumNorm(engine, { network, weights }, images),
  "attacking small-mlp with FAB": (engine, weights, { images }) =>
    fastAdaptiveBoundary(engine, { network, weights }, images),
  "attacking small-mlp with Square": (engine, weights, { images, labels }) =>
    squareAttack(engine, { network, weights }, images, { labels, epsilon: 0.1, queries: 5 }),
  "attacking small-mlp with DeepFool (DDN)": (engine, weights, { images }) =>
    ddn(engine, { network, weights }, images),
  "attacking small-mlp with PGD": (engine, weights, { images, labels }) =>
    pgd(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "attacking small-mlp with APGD-CE": (engine, weights, { images, labels }) =>
    apgd(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "attacking small-mlp with APGD-T": (engine, weights, { images, labels }) =>
    apgdTargeted(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "attacking small-mlp with FGS": (engine, weights, { images, labels }) =>
    fastGradientSign(engine, { network, weights }, images, { labels, epsilon: 0.1 }),
  "attacking small-mlp with FGS (accuracies)": (engine, weights, { images, labels }) =>
    accuraciesUnderSign(engine, { network, weights }, images, labels, [0.1]),
  "training small-mlp": (engine, weights, split) =>
    train(engine, network, split, { epochs: 1, learningRates: [1e-3], start: weights }),
};

/** Whether an error is the user's and says exactly this. */
const says = (message: string) => (error: unknown) => {
  assert.ok(error instanceof UserError, `${error}`);
  assert.equal(error.message, message);
  return true;
};

/** The same numbers but for one. */
function replaced(numbers: Float32Array, at: number, value: number): Float32Array {
  return numbers.map((number, i) => i === at ? value : number);
}

for (const [name, use] of Object.entries(uses)) {
  const doing = name.replace(/ \(.*/, "");
  for (const value of [NaN, Infinity, -Infinity]) {
    Deno.test(`${name}: ${value} in weights or images is refused by name`, async () => {
      const engine = await sharedEngine(1);
      const { shape, data } = weights["fc2.weight"]!;
      const broken = { ...weights, "fc2.weight": { shape, data: replaced(data, 5, value) } };
      await assert.rejects(
        use(engine, broken, split),
        says(`${doing}: expected weights of finite numbers, got ${value} in fc2.weight`),
      );
      const images = replaced(split.images, 7 * length + 3, value);
      await assert.rejects(
        use(engine, weights, { ...split, images }),
        says(`${doing}: expected images of finite numbers, got ${value} in image 7`),
      );
    });
  }
}

/** The split as one that is read on demand, NaN in image 7. */
function streamed(files?: readonly string[]): StreamedSplit {
  const images = replaced(split.images, 7 * length, NaN);
  const read = (indices: Uint32Array) => {
    const rows = Array.from(indices, (i) => [...images.subarray(i * length, (i + 1) * length)]);
    return Promise.resolve({ images: Float32Array.from(rows.flat()), indices });
  };
  return { labels: split.labels, count: split.count, read, ...(files ? { files } : {}) };
}

Deno.test("images that are read on demand are refused by their file, or their place", async () => {
  const engine = await sharedEngine(1);
  const files = Array.from({ length: split.count }, (_, i) => `val/${i}.png`);
  const start = { epochs: 1, learningRates: [1e-3], start: weights };
  for (const [given, name] of [[files, "val/7.png"], [undefined, "image 7"]] as const) {
    const message = `reading images: expected images of finite numbers, got NaN in ${name}`;
    await assert.rejects(accuracy(engine, { network, weights }, streamed(given)), says(message));
    await assert.rejects(train(engine, network, streamed(given), start), says(message));
  }
});
