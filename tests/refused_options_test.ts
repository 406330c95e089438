import assert from "node:assert/strict";
import { deepfool } from "../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../lib/compute/predict.ts";
import type { Split } from "../lib/data/dataset.ts";
import { advTrain2 } from "../lib/defenses/adv_train_2.ts";
import { deepDefense, type DeepDefenseOptions } from "../lib/defenses/deep_defense/deep_defense.ts";
import { parseval } from "../lib/defenses/parseval.ts";
import { createEngine } from "../lib/engine/engine.ts";
import { UserError } from "../lib/engine/user_error.ts";
import { accuracy } from "../lib/metrics/accuracy.ts";
import { fgsAccuracies } from "../lib/metrics/epsilon_ref.ts";
import { gradientMaskingChecks } from "../lib/metrics/gradient_masking.ts";
import { transferMatrix } from "../lib/metrics/transfer.ts";
import { dense } from "../lib/layers/dense.ts";
import { defineNetwork } from "../lib/networks/network.ts";
import type { Weights } from "../lib/networks/weights.ts";
import { sgd } from "../lib/training/sgd.ts";
import { train, type TrainOptions } from "../lib/training/train.ts";
import { smallMlp, smallSplit, smallWeights } from "./small_problem.ts";

const network = smallMlp();
const weights = smallWeights(network, "options");
const split = smallSplit(20, "options");
const options: TrainOptions = { start: weights, epochs: 1, learningRates: [1e-3] };
const isRefused = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, `${error}`);
  assert.match(error.message, message);
  return true;
};

const defenses: readonly (readonly [name: string, make: () => unknown, message: RegExp])[] = [
  ...([
    [{ lambda: -15 }, /lambda in \[0, inf\), got -15$/],
    [{ c: NaN }, /c in \[0, inf\), got NaN$/],
    [{ d: Infinity }, /d in \[0, inf\), got Infinity$/],
    [{ p: 0.5 }, /norm p in \[1, inf\], got 0.5$/],
    [{ p: "2" as unknown as number }, /norm p in \[1, inf\], got 2$/],
    [{ iterations: 0 }, /iterations in 1-65535, got 0$/],
    [{ overshoot: -1 }, /overshoot in \[0, 3.4e38\], got -1$/],
    [{ overshoot: NaN }, /overshoot in \[0, 3.4e38\], got NaN$/],
    [{ overshoot: 1e39 }, /overshoot in \[0, 3.4e38\], got 1e\+39$/],
    [{ candidates: 1 }, /candidates a whole number from 2, got 1$/],
    [{ shape: "square" as "linear" }, /exponential or linear, got square$/],
    [{ wrong: "up" as "away" }, /towards or away, got up$/],
    [{ mixture: { share: 0, epsilon: 1 } }, /share under attack in \(0, 1\], got 0$/],
  ] as [DeepDefenseOptions, RegExp][]).map(([options, message]) =>
    [`Deep Defense ${JSON.stringify(options)}`, () => deepDefense(options), message] as const
  ),
  ["Adv. Train II", () => advTrain2({ share: 2, epsilon: 1 }), /share under attack.*got 2$/],
  ["Adv. Train II", () => advTrain2({ share: 0.5, epsilon: NaN }), /epsilon.*got NaN$/],
  ["Adv. Train II", () => advTrain2({ share: 0.5, epsilon: 1e39 }), /epsilon.*got 1e\+39$/],
  ["Parseval", () => parseval({ beta: -1 }), /beta.*got -1$/],
  ["Parseval", () => parseval({ share: 0 }), /share of outputs.*got 0$/],
  ["Parseval", () => parseval({ windowExponent: 1 }), /exponent of windows.*got 1$/],
  ["SGD", () => sgd({ momentum: 1 }), /momentum in \[0, 1\), got 1$/],
  ["SGD", () => sgd({ weightDecay: -1 }), /weightDecay.*got -1$/],
  ["SGD", () => sgd({ rateMultipliers: { a: NaN } }), /rate multiplier .* for a, got NaN$/],
];

for (const [name, make, message] of defenses) {
  Deno.test(`${name} is refused: ${message.source}`, () => {
    assert.throws(make, isRefused(message));
  });
}

const trainings: readonly (readonly [Partial<TrainOptions>, Partial<Split>, RegExp])[] = [
  [{ batch: 0 }, {}, /batch a whole number from 1, got 0$/],
  [{ batch: 1.5 }, {}, /batch.*got 1.5$/],
  [{ epochs: -1, learningRates: [] }, {}, /epochs a whole number from 0, got -1$/],
  [{ learningRates: [NaN] }, {}, /learning rates.*got NaN$/],
  [{ learningRates: [] }, {}, /each of 1 epochs, got 0$/],
  [{ seed: 0.5 }, {}, /seed a whole number, got 0.5$/],
  [{}, { labels: new Uint16Array(20).fill(4) }, /labels below 4, got 4$/],
  [{}, { labels: new Uint16Array(19) }, /20 labels, got 19$/],
  [{}, { labels: new Uint8Array(20) as unknown as Uint16Array }, /Uint16Array, got Uint8Array$/],
  [{}, { images: split.images.subarray(36) }, /20 images, got 19$/],
  [{}, { images: split.images.subarray(1) }, /36 numbers each, got 719 numbers$/],
  [{}, { images: new Uint8Array(720) as unknown as Float32Array }, /Float32Array, got Uint8Array$/],
  [{}, { images: new Float32Array(0), labels: new Uint16Array(0), count: 0 }, /images, got 0$/],
];

for (const [change, data, message] of trainings) {
  Deno.test(`training is refused: ${message.source}`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const run = train(engine, network, { ...split, ...data }, { ...options, ...change });
    await assert.rejects(run, isRefused(message));
  });
}

Deno.test("images are flipped, not vectors", async () => {
  await using engine = await createEngine({ workers: 1 });
  const flat = defineNetwork({ name: "flat", inputShape: [36], layers: dense(4) });
  const run = train(engine, flat, split, { ...options, start: flat.init(0), flips: true });
  await assert.rejects(run, isRefused(/images \[..., H, W\] to flip, got inputs \[36\]$/));
});

for (const inputShape of [[], [0], [1.5, 2], [-3], ["16"] as unknown as number[]]) {
  Deno.test(`an input shape [${inputShape}] is refused`, () => {
    assert.throws(
      () => defineNetwork({ name: "flat", inputShape, layers: dense(4) }),
      isRefused(/network flat: expected an input shape of whole numbers from 1, got \[/),
    );
  });
}

const { "fc3.bias": bias, ...others } = weights;
const wrongWeights: readonly (readonly [Weights, RegExp])[] = [
  [others, /expected a tensor fc3.bias/],
  [{ ...weights, extra: bias! }, /got a tensor extra too$/],
  [{ ...weights, "fc1.bias": bias! }, /fc1.bias of shape \[12\], got \[4\]$/],
  [
    { ...weights, "fc3.bias": { shape: [4], data: new Float32Array(3) } },
    /expected 4 numbers in fc3.bias, as its shape says, got 3$/,
  ],
  [
    { ...weights, "fc3.bias": { shape: [4], data: [1, 2, 3, 4] as unknown as Float32Array } },
    /expected fc3.bias in a Float32Array, got another value$/,
  ],
];

for (const [wrong, message] of wrongWeights) {
  Deno.test(`predicting, measuring and attacking refuse weights of another network: ${message.source}`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const model = { network, weights: wrong };
    for (
      const use of [
        () => predict(engine, model, split.images),
        () => accuracy(engine, model, split),
        () => deepfool(engine, model, split.images),
      ]
    ) await assert.rejects(use, isRefused(message));
  });
}

Deno.test("metrics refuse splits that do not fit, and options outside their range", async () => {
  await using engine = await createEngine({ workers: 1 });
  const model = { network, weights };
  const none = { images: new Float32Array(0), labels: new Uint16Array(0), count: 0 };
  const short = { ...split, labels: split.labels.subarray(1) };
  await assert.rejects(accuracy(engine, model, none), isRefused(/images, got 0$/));
  await assert.rejects(accuracy(engine, model, short), isRefused(/20 labels, got 19$/));
  await assert.rejects(fgsAccuracies(engine, model, short, [0]), isRefused(/20 labels, got 19$/));
  await assert.rejects(fgsAccuracies(engine, model, split, [NaN]), isRefused(/got NaN$/));
  await assert.rejects(
    gradientMaskingChecks(engine, model, split, { epsilons: [NaN] }),
    isRefused(/rising epsilons above 0, got \[NaN\]$/),
  );
  await assert.rejects(
    transferMatrix(engine, [model], split, () => Promise.resolve(new Float32Array(3))),
    isRefused(/perturbations of 720 numbers, got 3$/),
  );
});

Deno.test("DeepFool leaves labels or goes to targets, not both", async () => {
  await using engine = await createEngine({ workers: 1 });
  const { images, labels } = split;
  await assert.rejects(
    deepfool(engine, { network, weights }, images, { labels, targets: labels }),
    isRefused(/labels or targets, got both$/),
  );
});

Deno.test("attacks on no images give no results", async () => {
  await using engine = await createEngine({ workers: 2 });
  const { count, norms } = await deepfool(engine, { network, weights }, new Float32Array(0));
  assert.deepEqual([count, norms.length], [0, 0]);
});
