import assert from "node:assert/strict";
import { flip } from "../../lib/data/flip.ts";

Deno.test("flip: every row of every channel from right to left, in place", () => {
  const image = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); // [2, 2, 3]
  flip(image, 3);
  assert.deepEqual([...image], [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
});
