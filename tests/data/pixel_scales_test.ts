import assert from "node:assert/strict";
import {
  caffePixels,
  fromCaffePixels,
  fromTorchvisionPixels,
  torchvisionPixels,
} from "../../lib/data/pixel_scales.ts";

/** Two images of two pixels: red, green and blue planes. */
const pixels = Float32Array.of(255, 0, 51, 102, 10, 20, 0, 1, 2, 3, 4, 5);

const cases = {
  torchvision: {
    forward: torchvisionPixels,
    inverse: fromTorchvisionPixels,
    expected: [
      [(1 - 0.485) / 0.229, -0.485 / 0.229, (0.2 - 0.456) / 0.224, (0.4 - 0.456) / 0.224],
      [(10 / 255 - 0.406) / 0.225, (20 / 255 - 0.406) / 0.225],
      [-0.485 / 0.229, (1 / 255 - 0.485) / 0.229],
      [(2 / 255 - 0.456) / 0.224, (3 / 255 - 0.456) / 0.224],
      [(4 / 255 - 0.406) / 0.225, (5 / 255 - 0.406) / 0.225],
    ].flat(),
  },
  caffe: {
    forward: caffePixels,
    inverse: fromCaffePixels,
    expected: [
      [
        10 - 104.00699,
        20 - 104.00699,
        51 - 116.66877,
        102 - 116.66877,
        255 - 122.67892,
        -122.67892,
      ],
      [4 - 104.00699, 5 - 104.00699, 2 - 116.66877, 3 - 116.66877, -122.67892, 1 - 122.67892],
    ].flat(),
  },
};

for (const [name, { forward, inverse, expected }] of Object.entries(cases)) {
  Deno.test(`${name}: pixels are scaled as published, each image by itself, and left as they were`, () => {
    const before = pixels.slice();
    assert.deepEqual([...forward(pixels, 2)], [...Float32Array.from(expected)]);
    assert.deepEqual(pixels, before);
  });

  Deno.test(`${name}: the inverse leads back to pixels, unclipped`, () => {
    const back = inverse(forward(pixels, 2), 2);
    back.forEach((value, i) => assert.ok(Math.abs(value - pixels[i]!) < 1e-4, `${value} at ${i}`));
    assert.ok(inverse(new Float32Array(6).fill(-1000), 2).every((value) => value < 0));
  });

  Deno.test(`${name}: values that are no whole images are refused`, () => {
    for (const convert of [forward, inverse]) {
      assert.throws(() => convert(pixels.subarray(1), 2), /of 3 x 2 values, got 11 values/);
    }
  });
}
