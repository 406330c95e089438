import assert from "node:assert/strict";
import {
  contrastFactor,
  contrastOf,
  meanDeviation,
  normalizeImages,
} from "../../../lib/data/cifar10/contrast_normalization.ts";
import { random } from "../../../lib/engine/random.ts";

const length = 12;
const count = 5;

/** Images whose contrasts lie on both sides of 40. */
const next = random("contrast");
const pixels = Uint8Array.from(
  { length: count * length },
  (_, i) => 128 + (20 + 45 * Math.floor(i / length)) * (next() - 0.5),
);
const mean = Float64Array.from({ length }, (_, i) => 90 + i / 3);

/** An image's mean and standard deviation, by their definitions. */
function expectedOf(image: number) {
  const values = [...pixels.subarray(image * length, (image + 1) * length)]
    .map((pixel, i) => pixel - mean[i]!);
  const own = values.reduce((sum, value) => sum + value) / length;
  const squares = values.reduce((sum, value) => sum + (value - own) ** 2, 0);
  return { values, own, deviation: Math.sqrt(squares / (length - 1)) };
}

Deno.test("contrastOf: every image's mean and standard deviation (N - 1) after subtracting the mean image", () => {
  const { means, deviations } = contrastOf(pixels, mean);
  for (let image = 0; image < count; image++) {
    const { own, deviation } = expectedOf(image);
    assert.ok(Math.abs(means[image]! - own) < 1e-12);
    assert.ok(Math.abs(deviations[image]! - deviation) < 1e-6 * deviation);
  }
});

Deno.test("meanDeviation: over all images, added in single precision in their order", () => {
  const large = Float32Array.of(2 ** 24);
  assert.equal(meanDeviation(Float32Array.of(1, 2), Float32Array.of(6)), 3);
  assert.equal(meanDeviation(large, Float32Array.of(1, 1, 1)), 2 ** 22); // 2^24 + 1 rounds down
  assert.equal(meanDeviation(Float32Array.of(1, 1, 1), large), Math.fround((2 ** 24 + 4) / 4));
});

Deno.test("contrastFactor: what has less contrast than 40 is scaled as if it had 40", () => {
  assert.equal(contrastFactor(80, 60), 0.75);
  assert.equal(contrastFactor(40, 60), 1.5);
  assert.equal(contrastFactor(0, 60), 1.5);
});

Deno.test("normalizeContrast: mean 0, and the common standard deviation from 40 on", () => {
  const contrast = contrastOf(pixels, mean);
  const into = new Float32Array(pixels.length);
  normalizeImages(pixels, mean, contrast, 50, into);
  const sides = new Set<boolean>();
  for (let image = 0; image < count; image++) {
    const { values, own, deviation } = expectedOf(image);
    sides.add(deviation > 40);
    values.forEach((value, i) => {
      const expected = (value - own) * 50 / Math.max(deviation, 40);
      assert.ok(Math.abs(into[image * length + i]! - expected) < 1e-4);
    });
  }
  assert.equal(sides.size, 2);
});
