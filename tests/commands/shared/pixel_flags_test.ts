import assert from "node:assert/strict";
import { epsilonOf, scaleOf } from "../../../lib/commands/shared/pixel_flags.ts";
import { caffeScale, torchvisionScale } from "../../../lib/data/pixel_scales.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

const epsilons: readonly [string, number][] = [
  ["8/255", 8],
  ["0.5/1", 127.5],
  ["1/8", 31.875],
  ["0.3/255", 0.3],
  ["1", 1],
  ["20", 20],
  ["30.5", 30.5],
  ["0", 0],
];

for (const [text, pixels] of epsilons) {
  Deno.test(`--epsilon ${text} is ${pixels} in pixels`, () => {
    assert.ok(Math.abs(epsilonOf(text, "pixels") - pixels) < 1e-12);
  });
}

Deno.test("in preprocessed units --epsilon is a number, below 1 too", () => {
  assert.equal(epsilonOf("0.3", "none"), 0.3);
  assert.equal(epsilonOf("30", "none"), 30);
});

const isUsage = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.exitCode === 2 && message.test(error.message);

for (
  const [text, within, message] of [
    [
      "0.03",
      "pixels",
      /got 0\.03: write 0\.03\/1 for .* range \(7\.65 pixels\), or 0\.03\/255 for 0\.03 pixels$/,
    ],
    ["8/0", "pixels", /a fraction such as 8\/255, got 8\/0/],
    ["8/255/2", "pixels", /a fraction such as 8\/255, got 8\/255\/2/],
    ["8/x", "pixels", /a number from 0 to 3.4e\+38, got x/],
    ["-8/255", "pixels", /a number from 0 to 3.4e\+38, got -8/],
    ["8/255", "none", /a number from 0 to 3.4e\+38, got 8\/255/],
  ] as const
) {
  Deno.test(`--epsilon ${text} within ${within} is refused`, () => {
    assert.throws(() => epsilonOf(text, within), isUsage(message));
  });
}

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
    const scale = scaleOf(text);
    assert.deepEqual([...scale.mean!.data], mean.map(Math.fround));
    assert.deepEqual([...scale.deviation!.data], deviation.map(Math.fround));
    assert.deepEqual(scale.order, text.endsWith("bgr") ? [2, 1, 0] : undefined);
  });
}

Deno.test("--scale knows scales by name", () => {
  assert.equal(scaleOf("caffe"), caffeScale);
  assert.equal(scaleOf("torchvision"), torchvisionScale);
  assert.deepEqual(Object.keys(scaleOf("none")), ["name"]);
});

for (
  const [text, message] of [
    ["imagenet", /expected unit, torchvision, caffe, none or mean:R,G,B/],
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
