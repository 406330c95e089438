import assert from "node:assert/strict";
import { advanceAll, argMax, chunkFunctions, fillRows, fitting } from "../../lib/attacks/chunks.ts";

const run = () => Promise.resolve({});
const functions = chunkFunctions(
  { "step 20": run, "step 4": run, "step 50": run, other: run },
  "step",
);

Deno.test("a function is found in all its sizes, the smallest first", () => {
  assert.deepEqual(functions.map(({ size }) => size), [4, 20, 50]);
});

Deno.test("a function's buffers are the same at every call, and another for every size", () => {
  const [small, large] = functions;
  assert.equal(small!.buffer("x", 3), small!.buffer("x", 3));
  assert.notEqual(small!.buffer("x", 3), large!.buffer("x", 3));
  assert.notEqual(small!.buffer("x", 3), small!.buffer("y", 3));
});

const fits: [rows: number, size: number][] = [
  [1, 4],
  [4, 4],
  [19, 20],
  [25, 20],
  [50, 50],
  [1000, 50],
];

for (const [rows, size] of fits) {
  Deno.test(`${rows} rows go in a chunk of ${size}`, () => {
    assert.equal(fitting(functions, rows).size, size);
  });
}

Deno.test("every item is moved as often as it needs, and no chunk is larger than its function", async () => {
  const items = Array.from({ length: 120 }, (_, i) => ({ left: 1 + i % 7, moved: 0 }));
  const needs = items.map(({ left }) => left);
  await advanceAll(items, functions, (chunk, { size }) => {
    assert.ok(chunk.length > 0 && chunk.length <= size);
    return Promise.resolve(chunk.map((item) => (item.moved++, --item.left > 0)));
  });
  assert.deepEqual(items.map(({ moved }) => moved), needs);
});

Deno.test("rows are filled up with zeros", () => {
  const buffer = new Float32Array(6).fill(9);
  assert.deepEqual([...fillRows(buffer, [Float32Array.of(1, 2)], 2)], [1, 2, 0, 0, 0, 0]);
});

Deno.test("of equal numbers the first is the largest", () => {
  assert.equal(argMax([1, 3, 3]), 1);
  assert.equal(argMax([9, 1, 3, 3], 1, 4), 1);
});
