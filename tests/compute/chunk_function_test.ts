import assert from "node:assert/strict";
import { advanceAll, fitting } from "../../lib/compute/advance_all.ts";
import { argMax } from "../../lib/compute/arg_max.ts";
import { chunkFunctions, copied, oneHot, single } from "../../lib/compute/chunk_function.ts";
import type { Arrays, Executable } from "../../lib/engine/executable.ts";

/** Adds `offset` to x and sums all of it: y by rows, sum not. Keeps what it was called with. */
function adder(size: number, calls: Arrays[] = []): Executable {
  const run = (inputs: Arrays, into: Arrays = {}) => {
    calls.push(Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, x.slice()])));
    const y = inputs.x!.map((x) => x + inputs.offset![0]!);
    const sum = Float32Array.of(y.reduce((total, value) => total + value, 0));
    const outputs = { y, sum };
    for (const [name, array] of Object.entries(into)) array.set(outputs[name as "y" | "sum"]);
    return Promise.resolve({ ...outputs, ...into });
  };
  return Object.assign(run, { inputs: { x: [size, 2], label: [size, 3], rate: [size, 1] } });
}

const functions = chunkFunctions({ 20: adder(20), 4: adder(4), 50: adder(50) });
const offset = { offset: Float32Array.of(10) };

Deno.test("a function is made ready in all its sizes, the smallest first", () => {
  assert.deepEqual(functions.map(({ size }) => size), [4, 20, 50]);
});

Deno.test("a call packs a row per item, fills up with zeros, and gives views of the outputs' rows", async () => {
  const calls: Arrays[] = [];
  const [fn] = chunkFunctions({ 4: adder(4, calls) });
  const columns = {
    x: copied((item: number[]) => Float32Array.from(item)),
    label: oneHot((item: number[]) => item[0]!),
    rate: single((item: number[]) => item[1]! / 2),
  };
  const sum = new Float32Array(1);
  await fn!.call([[1, 2], [0, 4], [2, 6]], offset, columns, { sum });
  const rows = await fn!.call([[2, 8]], offset, columns, { sum });
  assert.deepEqual(rows.map((row) => Object.keys(row)), [["y"]]);
  assert.deepEqual([...rows[0]!.y!], [12, 18]);
  assert.equal(sum[0], 90);
  assert.deepEqual([...calls[0]!.x!], [1, 2, 0, 4, 2, 6, 0, 0]);
  assert.deepEqual([...calls[1]!.x!], [2, 8, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...calls[1]!.label!], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...calls[1]!.rate!], [4, 0, 0, 0]);
});

Deno.test("calls use the same memory: a row is overwritten by the next call", async () => {
  const columns = { x: copied((item: number[]) => Float32Array.from(item)) };
  const into = { sum: new Float32Array(1) };
  const [first] = await functions[0]!.call([[1, 2]], offset, columns, into);
  const [second] = await functions[0]!.call([[3, 4]], offset, columns, into);
  assert.equal(first, second);
  assert.deepEqual([...second!.y!], [13, 14]);
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
  await advanceAll(items, functions, {
    call({ size }, chunk) {
      assert.ok(chunk.length > 0 && chunk.length <= size);
      return Promise.resolve(chunk.map(() => ({})));
    },
    advance: (item) => (item.moved++, --item.left > 0),
  });
  assert.deepEqual(items.map(({ moved }) => moved), needs);
});

Deno.test("of equal numbers the first is the largest", () => {
  assert.equal(argMax([1, 3, 3]), 1);
});
