import assert from "node:assert/strict";
import { rowMemory } from "../../lib/compute/row_memory.ts";

Deno.test("rows are all different until they are taken back, and the same ones after it", () => {
  const { take, clear } = rowMemory();
  const [a, b] = [take(3), take(3)];
  assert.notEqual(a, b);
  clear();
  assert.deepEqual([take(3) === a, take(3) === b], [true, true]);
  assert.equal(take(3).length, 3);
});

Deno.test("a row of another length is a new one", () => {
  const { take, clear } = rowMemory();
  take(3);
  clear();
  assert.equal(take(5).length, 5);
});
