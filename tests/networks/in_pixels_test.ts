import assert from "node:assert/strict";
import { predict } from "../../lib/compute/predict.ts";
import { logitsOf } from "../../lib/compute/predict_functions.ts";
import { rawDataset, whitenedDataset } from "../../lib/data/cifar10/whitened_dataset.ts";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { datasetFromIdx } from "../../lib/data/idx/folder.ts";
import { parseIdx } from "../../lib/data/idx/idx.ts";
import {
  caffePixels,
  caffeScale,
  torchvisionPixels,
  torchvisionScale,
} from "../../lib/data/pixel_scales.ts";
import { meanImageScale, noScale, type Scale, unitScale } from "../../lib/data/scale.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { compile } from "../../lib/engine/compile.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { random } from "../../lib/engine/random.ts";
import { createSession } from "../../lib/engine/session.ts";
import { calibrate } from "../../lib/networks/calibrate.ts";
import { inPixels } from "../../lib/networks/in_pixels.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { mlpBn } from "../../lib/networks/mlp_bn.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { prefixed } from "../../lib/networks/network_function.ts";
import { train } from "../../lib/training/train.ts";
import { assertClose } from "../closeness.ts";
import { idxBytes, withFolder } from "../data/idx/fixture.ts";
import { smallWeights } from "../small_problem.ts";

const shape = [3, 4, 4] as const;
const length = 48;
const count = 20;

function pixelsOf(count: number, key: string): Uint8Array<ArrayBuffer> {
  const next = random("in pixels", key);
  return Uint8Array.from(
    { length: count * length },
    (_, i) => 128 + (Math.floor(i / length) % 3) * 80 * (next() - 0.5) + 10 * (i % 3),
  );
}

const raw = (count: number, key: string) => ({
  pixels: pixelsOf(count, key),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 4),
  count,
});

const pixels = Float32Array.from(pixelsOf(count, "test"));

const cases: readonly [string, Scale, (pixels: Float32Array) => Float32Array][] = [
  ["unit", unitScale, (pixels) => pixels.map((x) => x / 255)],
  ["torchvision", torchvisionScale, (pixels) => torchvisionPixels(pixels, 16)],
  ["caffe", caffeScale, (pixels) => caffePixels(pixels, 16)],
  [
    "a mean image",
    meanImageScale(Float64Array.from({ length }, (_, i) => 100.3 + i), shape),
    (pixels) => pixels.map((x, i) => x - 100.3 - i % length),
  ],
];

for (const [name, scale, scaled] of cases) {
  Deno.test(`in pixels with the scale ${name}, a model says what it says of scaled inputs`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const network = mlp(shape, 4);
    const model = { network, weights: smallWeights(network, name) };
    const { logits } = await predict(engine, inPixels(model, scale), pixels);
    assertClose(logits, (await predict(engine, model, scaled(pixels))).logits);
  });
}

async function sameLogits(inputs: Dataset<Split>, inPixelsAlready: Dataset<Split>): Promise<void> {
  await using engine = await createEngine({ workers: 1 });
  const network = mlp(shape, 4);
  const model = { network, weights: smallWeights(network, "datasets") };
  const scale = await inPixelsAlready.scale!();
  assert.equal(await inPixelsAlready.scale!(), scale);
  assert.deepEqual(await inputs.scale!(), scale);
  const { images } = inPixelsAlready.test;
  const { logits } = await predict(engine, inPixels(model, scale), images);
  assertClose(logits, (await predict(engine, model, inputs.test.images)).logits, {
    relative: 1e-4,
  });
}

Deno.test("a whitened dataset and its pixels with its scale say the same", () =>
  withFolder(async (dir) => {
    const facts = { id: "small", title: "Small", checksum: "0".repeat(64), inputShape: shape };
    const data = { ...facts, classes: 4, train: raw(200, "train"), test: raw(count, "test") };
    const plain = rawDataset(data, dir);
    assert.deepEqual(plain.test.images, pixels);
    await sameLogits(await whitenedDataset(data, dir), plain);
  }));

Deno.test("a dataset of IDX files and its pixels with its scale say the same", async () => {
  const idx = (bytes: Uint8Array<ArrayBuffer>) => parseIdx(bytes, "made");
  const files = (key: string, count: number) => ({
    images: idx(idxBytes([count, 4, 4, 3], pixelsOf(count, key))),
    labels: idx(idxBytes([count], Array.from({ length: count }, (_, i) => i % 4))),
  });
  const [train, test] = [files("train", 40), files("test", count)];
  const all = {
    trainImages: train.images,
    trainLabels: train.labels,
    testImages: test.images,
    testLabels: test.labels,
  };
  const plain = datasetFromIdx(all, { id: "made" }, { pixels: true });
  assert.ok(plain.train.images.every((x) => Number.isInteger(x) && x >= 0 && x <= 255));
  await sameLogits(datasetFromIdx(all, { id: "made" }), plain);
});

Deno.test("in pixels, the same network and scale are the same network; its own names stay, the scale is no trained parameter", () => {
  const network = mlp(shape, 4);
  const [one, two] = [network.init(1), network.init(2)];
  const model = inPixels({ network, weights: one }, torchvisionScale);
  assert.equal(inPixels({ network, weights: two }, torchvisionScale).network, model.network);
  assert.notEqual(inPixels({ network, weights: one }, caffeScale).network, model.network);
  assert.deepEqual(Object.keys(model.network.parameters), [
    "scale.mean",
    "scale.deviation",
    ...Object.keys(network.parameters),
  ]);
  assert.deepEqual(Object.keys(model.weights), Object.keys(model.network.parameters));
  assert.deepEqual(trainedNames(model.network), trainedNames(network));
  assert.equal(inPixels({ network, weights: one }, noScale).network, network);
});

Deno.test("in pixels, a model is exported, calibrated and defended like any other", async () => {
  await using engine = await createEngine({ workers: 1 });
  const network = mlpBn(shape, 4);
  const inner = { network, weights: network.init("calibrated") };
  const model = inPixels(inner, torchvisionScale);
  const weights = await calibrate(engine, model, pixels);
  const expected = await calibrate(engine, inner, torchvisionPixels(pixels, 16));
  for (const [name, { data }] of Object.entries(expected)) assertClose(weights[name]!.data, data);
  assert.deepEqual(weights["scale.mean"], torchvisionScale.mean);

  const { fn } = logitsOf(model.network, { chunk: count });
  const written = compile(fn, { x: [count, ...shape] }, prefixed("weight", weights));
  const { logits } = await (await createSession(written, "cpu"))({ x: pixels });
  assertClose(logits!, (await predict(engine, { ...model, weights }, pixels)).logits);

  const labels = Uint16Array.from({ length: count }, (_, i) => i % 4);
  const defended = await train(engine, model.network, { images: pixels, labels, count }, {
    start: weights,
    defense: deepDefense(),
    epochs: 1,
    learningRates: [1e-4],
  });
  assert.deepEqual(defended["scale.deviation"], torchvisionScale.deviation);
  assert.notDeepEqual(defended["fc1.weight"], weights["fc1.weight"]);
});

Deno.test("a scale for images of three channels does not fit grey ones", () => {
  const network = mlp([1, 4, 4], 4);
  assert.throws(
    () => inPixels({ network, weights: network.init(0) }, caffeScale),
    /channels are \[2,1,0\] in some order, got the shape \[1,4,4\]/,
  );
});
