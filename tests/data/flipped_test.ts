import assert from "node:assert/strict";
import { flipped } from "../../lib/data/flipped.ts";

Deno.test("flipped: every row of every channel from right to left, in a new array", () => {
  const image = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); // [2, 2, 3]
  assert.deepEqual([...flipped(image, 3)], [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
  assert.equal(image[0], 1);
  assert.deepEqual(flipped(flipped(image, 3), 3), image);
});
