import assert from "node:assert/strict";
import { cifar10Images } from "./cifar10_images.ts";

Deno.test("the images for benchmarks are CIFAR-10's first, whitened", async () => {
  const { images, labels, count } = await cifar10Images();
  assert.equal(count, 100);
  assert.deepEqual([...labels.subarray(0, 10)], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
  assert.equal(images.length, 100 * 3 * 32 * 32);
  const largest = images.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const deviation = Math.sqrt(images.reduce((sum, x) => sum + x * x, 0) / images.length);
  assert.ok(Math.abs(largest - 342) < 2, `largest ${largest}`);
  assert.ok(Math.abs(deviation - 38) < 1, `deviation ${deviation}`);
});
