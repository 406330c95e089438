import assert from "node:assert/strict";
import { blocksOf, readFirst, readRows, watched } from "../../lib/data/blocks.ts";
import type { StreamedSplit } from "../../lib/data/dataset.ts";
import { isUserError } from "./user_error.ts";

const labels = Uint16Array.from({ length: 10 }, (_, i) => 900 + i);
const images = Float32Array.from({ length: 20 }, (_, i) => i);

/** Images of two numbers; those at some places cannot be read. */
function streamed(bad: readonly number[] = []): StreamedSplit {
  return {
    labels,
    count: 10,
    read: (wanted, key) => {
      assert.equal(key, undefined, "nothing is drawn at random in evaluation");
      const indices = wanted.filter((index) => !bad.includes(index));
      const read = Float32Array.from([...indices].flatMap((i) => [2 * i, 2 * i + 1]));
      return Promise.resolve({ images: read, indices });
    },
  };
}

const cases = [
  { name: "all", options: { size: 4 }, sizes: [4, 4, 2] },
  { name: "from a place", options: { from: 3, size: 4 }, sizes: [4, 3] },
  { name: "up to a place", options: { to: 5, size: 4 }, sizes: [4, 1] },
  { name: "none", options: { from: 10 }, sizes: [] },
  { name: "more than there are", options: { to: 99, size: 99 }, sizes: [10] },
  { name: "some that cannot be read", options: { size: 4 }, bad: [0, 5], sizes: [3, 3, 2] },
  { name: "a block of none", options: { size: 2 }, bad: [2, 3], sizes: [2, 2, 2, 2] },
];

for (const { name, options, bad, sizes } of cases) {
  Deno.test(`blocks of images that are read on demand: ${name}`, async () => {
    const blocks = await Array.fromAsync(blocksOf(streamed(bad), options));
    assert.deepEqual(blocks.map(({ indices }) => indices.length), sizes);
    for (const block of blocks) {
      assert.deepEqual([...block.labels], [...block.indices].map((i) => 900 + i));
      assert.deepEqual([...block.images], [...block.indices].flatMap((i) => [2 * i, 2 * i + 1]));
    }
    const places = blocks.flatMap(({ indices }) => [...indices]);
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
  });
}

Deno.test("images none of which can be read are an error, not nothing", async () => {
  const split = streamed([...Array(10).keys()]);
  const none = isUserError(/^reading images: expected at least one .* among 10, got none$/);
  await assert.rejects(Array.fromAsync(blocksOf(split, { size: 4 })), none);
  await assert.rejects(readFirst(split, 10), none);
  const named = { ...split, files: ["val/a.png"] };
  await assert.rejects(readFirst(named, 10), isUserError(/10 such as val\/a\.png, got none$/));
  await assert.rejects(
    Array.fromAsync(blocksOf(streamed([0, 1]), { to: 2 })),
    isUserError(/among 2, got none$/),
  );
  assert.equal((await readRows(split, new Uint32Array())).count, 0);
  const last = await Array.fromAsync(blocksOf(streamed([8, 9]), { from: 8 }));
  assert.deepEqual(last, [], "those before were read");
});

Deno.test("images in memory come in blocks of a size that is asked for", async () => {
  const split = { images, labels, count: 10 };
  const blocks = await Array.fromAsync(blocksOf(split, { from: 1, to: 8, size: 3 }));
  assert.deepEqual(blocks.map(({ indices }) => [...indices]), [[1, 2, 3], [4, 5, 6], [7]]);
  assert.deepEqual(blocks.map(({ end }) => end), [4, 7, 8]);
  assert.deepEqual([...blocks[2]!.images], [14, 15]);
});

Deno.test("images in memory are one block, without a copy", async () => {
  const split = { images, labels, count: 10 };
  const [block, ...more] = await Array.fromAsync(blocksOf(split, { from: 2, to: 7 }));
  assert.equal(more.length, 0);
  assert.equal(block!.images.buffer, images.buffer);
  assert.deepEqual([...block!.images], [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  assert.deepEqual([...block!.labels], [902, 903, 904, 905, 906]);
  assert.deepEqual([...block!.indices], [2, 3, 4, 5, 6]);
});

Deno.test("a split that is watched tells where it is read, and can be stopped there", async () => {
  const places: number[] = [];
  const split: StreamedSplit = {
    labels: new Uint16Array(5),
    count: 5,
    read: (indices) => Promise.resolve({ images: new Float32Array(indices.length), indices }),
  };
  const told = watched(split, (place) => void places.push(place));
  for await (const _ of blocksOf(told, { size: 2 }));
  assert.deepEqual(places, [0, 2, 4]);
  const stopping = watched(split, (place) => {
    if (place > 0) throw new Error("stop");
  });
  await assert.rejects(async () => {
    for await (const _ of blocksOf(stopping, { size: 2 }));
  }, /stop/);
});
