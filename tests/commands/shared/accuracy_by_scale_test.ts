import assert from "node:assert/strict";
import {
  accuracyByScale,
  scalesInWords,
  type ScaleTrial,
} from "../../../lib/commands/shared/accuracy_by_scale.ts";
import { noScale, unitScale } from "../../../lib/data/scale.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { dense } from "../../../lib/layers/dense.ts";
import { flatten } from "../../../lib/layers/flatten.ts";
import { serial } from "../../../lib/layers/serial.ts";
import { defineNetwork } from "../../../lib/networks/network.ts";

const engine = await createEngine({ workers: 1 });
addEventListener("unload", () => engine[Symbol.asyncDispose]());

/** Takes numbers in 0-1: class 1 from 1/2 on. */
const network = defineNetwork({
  name: "bright",
  inputShape: [1, 1, 1],
  layers: serial({ flatten: flatten(), logits: dense(2) }),
});
const weights = {
  "logits.weight": { shape: [2, 1], data: Float32Array.of(0, 1) },
  "logits.bias": { shape: [2], data: Float32Array.of(0.5, 0) },
};

/** Pixels 1-255, as many of either class. */
const count = 254;
const images = Float32Array.from({ length: count }, (_, i) => i % 2 ? 255 - i / 2 : 1 + i / 2);
const split = { images, labels: Uint16Array.from(images, (x) => Number(x > 127.5)), count };
const trial: ScaleTrial = {
  plain: { network, weights },
  scale: unitScale,
  dataset: {},
  split,
  within: "pixels",
};

Deno.test("the accuracy by scale is measured only where it is below twice chance under the chosen one, and only of pixels", async () => {
  assert.equal(await accuracyByScale(engine, trial), undefined);
  assert.equal(
    await accuracyByScale(engine, { ...trial, scale: noScale, within: "none" }),
    undefined,
  );
});

Deno.test("under a scale that is not the model's, the accuracy under each is told, of the first 200 images", async () => {
  const found = (await accuracyByScale(engine, { ...trial, scale: noScale }))!;
  assert.equal(found.images, 200);
  const [[first, wrong]] = Object.entries(found.accuracies) as [[string, number]];
  assert.deepEqual([first, wrong], [noScale.name, 0.5]);
  assert.equal(found.accuracies[unitScale.name], 1);
  assert.match(scalesInWords(found), /^none 50\.0%, .*unit 100\.0%/);
});

Deno.test("a split that is read on demand is tried alike, and the dataset's own scale is among those tried", async () => {
  const own = { ...unitScale, name: "own" };
  const { images: _, ...streamed } = split;
  const read = (indices: Uint32Array) =>
    Promise.resolve({
      images: Float32Array.from(indices, (i) => images[i]!),
      labels: Uint16Array.from(indices, (i) => split.labels[i]!),
      indices,
    });
  const found = (await accuracyByScale(engine, {
    ...trial,
    scale: noScale,
    split: { ...streamed, read },
    dataset: { scale: () => Promise.resolve(own) },
  }))!;
  assert.equal(found.accuracies.dataset, 1);
});
