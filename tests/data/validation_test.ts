import assert from "node:assert/strict";
import { validationOf } from "../../lib/data/validation.ts";
import { smallDataset } from "../jobs/small_experiment.ts";

const length = 36;
const rows = ({ images, count }: typeof smallDataset.train) =>
  Array.from({ length: count }, (_, i) => String(images.subarray(i * length, (i + 1) * length)));

Deno.test("a sixth of the training images is held out, and every one is in one of the parts", () => {
  const { train, test } = validationOf(smallDataset);
  assert.equal(test.count, Math.floor(smallDataset.train.count / 6));
  assert.deepEqual([...rows(train), ...rows(test)].sort(), rows(smallDataset.train).sort());
});

Deno.test("labels go with their images, and pixels with their place before the split", () => {
  const seen: [string, number][] = [];
  const toPixels = (
    x: Float32Array,
    split: string,
    index: number,
  ) => (seen.push([split, index]), x);
  const { train, test, toPixels: back } = validationOf({ ...smallDataset, toPixels });
  const before = rows(smallDataset.train);
  for (const [name, split] of [["train", train], ["test", test]] as const) {
    rows(split).forEach((row, i) => {
      const place = before.indexOf(row);
      assert.equal(split.labels[i], smallDataset.train.labels[place]);
      back(new Float32Array(length), name, i);
      assert.deepEqual(seen.at(-1), ["train", place]);
    });
  }
});

Deno.test("pixels of many images go with their places before the split too", async () => {
  const seen: (string | number[])[] = [];
  const { rowsToPixels, test } = validationOf({
    ...smallDataset,
    rowsToPixels: (rows, split, indices) => {
      seen.push(split, [...indices]);
      return Promise.resolve(rows);
    },
  });
  await rowsToPixels!(test.images.subarray(0, 3 * length), "test", Uint32Array.of(2, 0, 1));
  const before = rows(smallDataset.train);
  const places = rows(test).slice(0, 3).map((row) => before.indexOf(row));
  assert.deepEqual(seen, ["train", [places[2], places[0], places[1]]]);
});

Deno.test("the same images are held out every time", () => {
  assert.deepEqual(validationOf(smallDataset).test, validationOf(smallDataset).test);
});
