import assert from "node:assert/strict";
import {
  knownScales,
  scaleOf,
  scaleOfModel,
  type ScaleOptions,
} from "../../../lib/commands/shared/scale_flag.ts";
import { caffeScale, torchvisionScale } from "../../../lib/data/pixel_scales.ts";
import { noScale, type Scale, unitScale } from "../../../lib/data/scale.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

const scales: readonly [string, number[], number[]][] = [
  ["mean:0.5/std:0.25", [127.5], [63.75]],
  ["mean:0.1307/std:0.3081", [33.3285], [78.5655]],
  ["mean:104,117,123/bgr", [104, 117, 123], [1]],
  ["mean:127.5/std:1", [127.5], [1]],
  ["mean:0/std:255", [0], [255]],
  ["mean:0.4,0.5,0.6", [102, 127.5, 153], [255]],
];

for (const [text, mean, deviation] of scales) {
  Deno.test(`--scale ${text} subtracts ${mean} and divides by ${deviation}, of 0-255`, () => {
    const scale = scaleOf(text) as Scale;
    assert.deepEqual([...scale.mean!.data], mean.map(Math.fround));
    assert.deepEqual([...scale.deviation!.data], deviation.map(Math.fround));
    assert.deepEqual(scale.order, text.endsWith("bgr") ? [2, 1, 0] : undefined);
  });
}

Deno.test("--scale knows scales by name", () => {
  assert.equal(scaleOf("caffe"), caffeScale);
  assert.equal(scaleOf("torchvision"), torchvisionScale);
  assert.equal(scaleOf("none"), noScale);
});

const isUsage = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.exitCode === 2 && message.test(error.message);

for (
  const [text, message] of [
    ["imagenet", /expected unit, torchvision, caffe, none, dataset .* or mean:R,G,B/],
    ["toString", /expected unit, torchvision/],
    ["mean:1,2", /expected 1 number or 3, got 1,2/],
    ["mean:0.5/std:0", /deviations above 0/],
    ["mean:a", /expected a number from 0 to 3.4e\+38, got a/],
    ["mean:0.5/rgb", /expected unit, torchvision/],
  ] as const
) {
  Deno.test(`--scale ${text} is refused`, () => {
    assert.throws(() => scaleOf(text), isUsage(message));
  });
}

const own: Scale = { ...unitScale, name: "own" };
const dataset = { title: "digits", scale: () => Promise.resolve(own) };
const bare = { title: "bare" };
const onnx = "net.onnx";

const choices: readonly [string, ScaleOptions, Scale][] = [
  ["an ONNX file takes pixels 0-1", {
    path: onnx,
    chosen: undefined,
    within: "pixels",
    dataset,
  }, unitScale],
  ["an ONNX file that is given preprocessed inputs has the dataset's own scale", {
    path: onnx,
    chosen: undefined,
    within: "none",
    dataset,
  }, own],
  ["other weights have the dataset's own scale", {
    path: "net.safetensors",
    chosen: undefined,
    within: "pixels",
    dataset,
  }, own],
  ["other weights have none where the dataset has none", {
    path: "net.safetensors",
    chosen: undefined,
    within: "pixels",
    dataset: bare,
  }, noScale],
  ["--scale dataset is the dataset's own", {
    path: onnx,
    chosen: scaleOf("dataset"),
    within: "pixels",
    dataset,
  }, own],
  ["a scale that is named holds for any file", {
    path: "net.safetensors",
    chosen: caffeScale,
    within: "pixels",
    dataset,
  }, caffeScale],
];

for (const [fact, options, scale] of choices) {
  Deno.test(fact, async () => assert.equal(await scaleOfModel(options), scale));
}

Deno.test("--scale dataset is refused where the dataset has no scale", async () => {
  await assert.rejects(
    scaleOfModel({ path: onnx, chosen: "dataset", within: "pixels", dataset: bare }),
    isUsage(/expected another scale than dataset, since bare has none/),
  );
});

Deno.test("the scales that are tried have the words that --scale takes for them", () => {
  assert.deepEqual(Object.keys(knownScales(torchvisionScale)), Object.keys(knownScales(undefined)));
  for (const [word, scale] of Object.entries(knownScales(own))) {
    assert.equal(scaleOf(word), word === "dataset" ? word : scale);
  }
});
