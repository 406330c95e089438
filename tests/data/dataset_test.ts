import assert from "node:assert/strict";
import { firstImages } from "../../lib/data/first_images.ts";
import { loadIdxFolder } from "../../lib/data/idx/folder.ts";
import { smallDataset, withFolder, writeFiles } from "./idx/fixture.ts";

Deno.test("firstImages: the first of each split, the preprocessing of the whole", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallDataset());
    const whole = await loadIdxFolder(dir);
    const cut = firstImages(whole, { train: 3, test: 1 });
    assert.deepEqual([cut.train.count, cut.test.count], [3, 1]);
    assert.deepEqual([...cut.train.images], [...whole.train.images.subarray(0, 18)]);
    assert.deepEqual([...cut.train.labels], [0, 2, 1]);
    assert.deepEqual([...cut.test.images], [...whole.test.images.subarray(0, 6)]);
    assert.equal(cut.train.images.buffer.byteLength, 4 * 18); // no view of the whole
    const { train: _, test: __, ...rest } = whole;
    assert.deepEqual({ ...cut, train: undefined, test: undefined }, {
      ...rest,
      train: undefined,
      test: undefined,
    });
  }));

Deno.test("firstImages: keeps a split whole where it is shorter or not named", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallDataset());
    const whole = await loadIdxFolder(dir);
    assert.deepEqual(firstImages(whole), whole);
    assert.deepEqual(firstImages(whole, { train: 1000, test: 2 }), whole);
    assert.deepEqual(firstImages(whole, { train: 1 }).test, whole.test);
  }));

Deno.test("firstImages: refuses a number of images that is not a whole number >= 1", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallDataset());
    const whole = await loadIdxFolder(dir);
    for (const train of [0, -1, 1.5, NaN]) {
      assert.throws(() => firstImages(whole, { train }), /training images >= 1, got/);
    }
    assert.throws(() => firstImages(whole, { test: 0 }), RangeError);
  }));
