import assert from "node:assert/strict";
import { extentsOf, grouped, pack, sharedMemory, unpack } from "../../lib/mpi/packing.ts";

const weights = { w: Float32Array.of(1, 2), b: Float32Array.of(3) };
const images = Float32Array.from({ length: 12 }, (_, i) => i);
const labels = Uint16Array.of(7, 8, 9, 10, 11, 12);
const shard = (from: number, to: number) => ({
  weights,
  images,
  labels,
  key: [1, "a"],
  p: Infinity,
  from,
  to,
});
const rows = { images: 2, labels: 1, targets: 1 };

Deno.test("a rank gets its own rows at their places, and other arrays whole", () => {
  const shards = [[shard(1, 2), shard(2, 4)], [shard(4, 6)]];
  const { ranks, whole } = pack(shards, rows);
  assert.deepEqual(whole, [weights.w, weights.b]);
  const got = ranks.map((packed) => unpack(packed, whole, sharedMemory()) as typeof shards[0]);
  const [first, second] = got as [typeof shards[0], typeof shards[0]];
  assert.deepEqual(
    [...first, ...second].map(({ images: _, labels: __, ...rest }) => rest),
    shards.flat().map(({ images: _, labels: __, ...rest }) => rest),
  );
  const rank = (args: typeof shards[0]) => args.map((one) => [[...one.images], [...one.labels]]);
  const own = [[0, 0, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0], [0, 8, 9, 10, 0, 0]];
  assert.deepEqual(rank(first), [own, own]);
  assert.deepEqual(rank(second), [[[0, 0, 0, 0, 0, 0, 0, 0, 8, 9, 10, 11], [0, 0, 0, 0, 11, 12]]]);
  assert.equal(first[0]!.images, first[1]!.images, "threads share a rank's rows");
  assert.ok(first[0]!.images.buffer instanceof SharedArrayBuffer);
});

const groups: [args: number, sizes: number[], groups: number[]][] = [
  [4, [2, 2], [2, 2]],
  [7, [4, 2, 1], [4, 2, 1]],
  [100, [64, 64, 64, 64, 64, 64, 64, 64], [12, 13, 12, 13, 12, 13, 12, 13]],
  [3, [1, 8], [0, 3]],
  [1, [2, 2], [0, 1]],
  [0, [2, 2], [0, 0]],
];
for (const [count, sizes, expected] of groups) {
  Deno.test(`${count} shards on ranks of ${sizes} threads: ${expected}`, () => {
    const args = Array.from({ length: count }, (_, i) => i);
    const ranks = grouped(args, sizes);
    assert.deepEqual(ranks.map(({ length }) => length), expected);
    assert.deepEqual(ranks.flat(), args);
  });
}

Deno.test("a rank without shards gets no rows", () => {
  assert.deepEqual(pack([[shard(0, 6)], []], rows).ranks[1], { args: [], parts: {} });
});

Deno.test("arguments that are no rows are packed as they are", () => {
  const { ranks, whole } = pack([[5, { x: weights.b }]]);
  assert.deepEqual(unpack(ranks[0]!, whole, sharedMemory()), [5, { x: weights.b }]);
  assert.deepEqual(extentsOf(whole), [{ kind: "Float32Array", length: 1 }]);
});

Deno.test("a rank's rows are kept in the same memory from call to call", () => {
  const memory = sharedMemory();
  const imagesOf = (from: number) => {
    const { ranks, whole } = pack([[shard(from, from + 1)]], rows);
    return (unpack(ranks[0]!, whole, memory)[0] as { images: Float32Array }).images;
  };
  assert.equal(imagesOf(0), imagesOf(3));
});
