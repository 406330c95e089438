import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { loadIdxFolder } from "../../lib/data/idx_folder.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { gzip, idxBytes, smallDataset, withFolder, writeFiles } from "./idx_fixture.ts";
import { isUserError } from "./user_error.ts";

const HEADER = 16; // of a file of images

Deno.test("loadIdxFolder: shapes, labels, and pixels minus the training mean", () =>
  withFolder(async (dir) => {
    const files = smallDataset();
    await writeFiles(dir, files);
    const dataset = await loadIdxFolder(dir);
    assert.deepEqual(dataset.inputShape, [1, 2, 3]);
    assert.equal(dataset.classes, 3);
    assert.deepEqual([dataset.train.count, dataset.test.count], [4, 2]);
    assert.deepEqual([...dataset.train.labels], [0, 2, 1, 2]);
    assert.deepEqual([...dataset.test.labels], [2, 0]);

    const train = [...files["train-images-idx3-ubyte"]!.subarray(HEADER)];
    const test = [...files["t10k-images-idx3-ubyte"]!.subarray(HEADER)];
    const mean = [0, 1, 2, 3, 4, 5].map((p) =>
      (train[p]! + train[6 + p]! + train[12 + p]! + train[18 + p]!) / 4
    );
    const minusMean = (pixels: number[]) => pixels.map((pixel, i) => pixel - mean[i % 6]!);
    assert.deepEqual([...dataset.train.images], minusMean(train)); // quarters: exact in float32
    assert.deepEqual([...dataset.test.images], minusMean(test));

    assert.deepEqual(
      [...dataset.toPixels(dataset.test.images.subarray(6, 12), "test", 1)],
      test.slice(6, 12),
    );
    assert.throws(() => dataset.toPixels(dataset.test.images, "test", 0), /of 6 values, got 12/);
  }));

Deno.test("loadIdxFolder: toPixels returns a new array, unclipped", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallDataset());
    const { toPixels } = await loadIdxFolder(dir);
    const x = new Float32Array(6).fill(-1000);
    assert.ok(toPixels(x, "train", 0).every((pixel) => pixel < 0));
    assert.ok(x.every((value) => value === -1000));
  }));

Deno.test("loadIdxFolder: the id is the folder's name, the checksum that of the contents", () =>
  withFolder(async (dir) => {
    const files = smallDataset();
    const hash = createHash("sha256");
    for (const bytes of Object.values(files)) hash.update(bytes);
    const expected = hash.digest("hex");

    const spellings: Record<string, (name: string) => string> = {
      plain: (name) => name,
      zipped: (name) => `${name}.gz`,
      dotted: (name) => name.replace("-idx", ".idx"),
      "dotted-zipped": (name) => name.replace("-idx", ".idx") + ".gz",
    };
    for (const [folder, rename] of Object.entries(spellings)) {
      await Deno.mkdir(`${dir}/${folder}`);
      for (const [name, bytes] of Object.entries(files)) {
        const contents = folder.endsWith("zipped") ? await gzip(bytes) : bytes;
        await writeFiles(`${dir}/${folder}`, { [rename(name)]: contents });
      }
      const dataset = await loadDataset(`idx:${dir}/${folder}/`);
      assert.equal(dataset.id, `idx:${folder}`);
      assert.equal(dataset.title, dataset.id);
      assert.equal(dataset.checksum, expected);
    }
  }));

Deno.test("loadIdxFolder: a plain file goes before a gzipped one", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallDataset());
    await writeFiles(dir, { "t10k-labels-idx1-ubyte.gz": new Uint8Array([1]) });
    assert.deepEqual([...(await loadIdxFolder(dir)).test.labels], [2, 0]);
  }));

const BAD: Readonly<Record<string, [change: Record<string, Uint8Array>, message: RegExp]>> = {
  "fewer training labels": [
    { "train-labels-idx1-ubyte": idxBytes([3], [0, 1, 2]) },
    /train-labels-idx1-ubyte: expected 4 labels, .*train-images-idx3-ubyte, got 3$/,
  ],
  "more test labels": [
    { "t10k-labels-idx1-ubyte": idxBytes([3], [0, 1, 2]) },
    /t10k-labels-idx1-ubyte: expected 2 labels, .*, got 3$/,
  ],
  "test images of another size": [
    { "t10k-images-idx3-ubyte": idxBytes([2, 3, 2], new Uint8Array(12)) },
    /t10k-images-idx3-ubyte: expected images of 2 x 3 pixels, .*, got 3 x 2$/,
  ],
  "a test label of no class": [
    { "t10k-labels-idx1-ubyte": idxBytes([2], [2, 3]) },
    /t10k-labels-idx1-ubyte: expected labels 0 to 2, .*, got 3 at index 1$/,
  ],
  "one class": [
    { "train-labels-idx1-ubyte": idxBytes([4], [0, 0, 0, 0]) },
    /train-labels-idx1-ubyte: expected labels of at least 2 classes, got only 0$/,
  ],
  "no training images": [
    {
      "train-images-idx3-ubyte": idxBytes([0, 2, 3], []),
      "train-labels-idx1-ubyte": idxBytes([0], []),
    },
    /train-images-idx3-ubyte: expected at least one image, got shape 0 x 2 x 3$/,
  ],
  "images where labels should be": [
    { "train-labels-idx1-ubyte": idxBytes([4, 2, 3], new Uint8Array(24)) },
    /train-labels-idx1-ubyte: expected 1 dimension\(s\), got 3$/,
  ],
};

for (const [name, [change, message]] of Object.entries(BAD)) {
  Deno.test(`loadIdxFolder: refuses ${name}`, () =>
    withFolder(async (dir) => {
      await writeFiles(dir, { ...smallDataset(), ...change });
      await assert.rejects(loadIdxFolder(dir), isUserError(message));
    }));
}

Deno.test("loadIdxFolder: names what was looked for and what is there", () =>
  withFolder(async (dir) => {
    await assert.rejects(loadIdxFolder(dir), isUserError(/the folder holds nothing$/));
    await writeFiles(dir, smallDataset());
    await Deno.remove(`${dir}/t10k-labels-idx1-ubyte`);
    await assert.rejects(
      loadIdxFolder(dir),
      isUserError(
        /expected one of t10k-labels-idx1-ubyte, .*t10k-labels\.idx1-ubyte\.gz; the folder holds t10k-images-idx3-ubyte, train-images-idx3-ubyte, train-labels-idx1-ubyte$/,
      ),
    );
    const missing = `${dir}/none`;
    await assert.rejects(
      loadIdxFolder(missing),
      isUserError(/none: expected a folder .*: there is none$/),
    );
    const file = `${dir}/train-labels-idx1-ubyte`;
    await assert.rejects(loadIdxFolder(file), isUserError(/expected a folder of IDX files: /));
  }));
