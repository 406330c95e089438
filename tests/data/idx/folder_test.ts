import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { loadIdxFolder } from "../../../lib/data/idx/folder.ts";
import { loadDataset } from "../../../lib/data/load.ts";
import { isUserError } from "../user_error.ts";
import { gzip, idxBytes, smallDataset, withFolder, writeFiles } from "./fixture.ts";

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

const LABELS: Readonly<
  Record<string, { train: number[]; test: number[]; classes: number[]; note: RegExp }>
> = {
  "begin at 1, as EMNIST's letters": {
    train: [1, 3, 2, 3],
    test: [3, 1],
    classes: [0, 2, 1, 2, 2, 0],
    note: /train-labels-idx1-ubyte: labels 1 to 3 are classes 0 to 2$/,
  },
  "have gaps": {
    train: [0, 9, 4, 9],
    test: [4, 0],
    classes: [0, 2, 1, 2, 1, 0],
    note: /labels 0, 4, 9 are classes 0 to 2$/,
  },
  "are larger than what memory keeps": {
    train: [70_000, 5, 70_000, 900_000],
    test: [900_000, 5],
    classes: [1, 0, 1, 2, 2, 0],
    note: /labels 5, 70000, 900000 are classes 0 to 2$/,
  },
};

for (const [name, { train, test, classes, note }] of Object.entries(LABELS)) {
  Deno.test(`loadIdxFolder: labels that ${name} are renumbered, and that is said`, () =>
    withFolder(async (dir) => {
      const files = smallDataset();
      await writeFiles(dir, files);
      const { checksum } = await loadIdxFolder(dir);
      await writeFiles(dir, {
        "train-labels-idx1-ubyte": idxBytes([4], train, { type: 0x0c }),
        "t10k-labels-idx1-ubyte": idxBytes([2], test, { type: 0x0c }),
      });
      const notes: string[] = [];
      const dataset = await loadDataset(`idx:${dir}`, { onNote: (text) => notes.push(text) });
      assert.equal(dataset.classes, 3);
      assert.deepEqual([...dataset.train.labels, ...dataset.test.labels], classes);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, note);
      assert.notEqual(dataset.checksum, checksum);
    }));
}

/** Two images each of which is 4 x 4 with as many channels: a value says channel, row and column. */
const drawnAt = (channel: number, y: number, x: number) => 100 * channel + 16 * y + x;
const extents = (channels: number) => {
  const range = (n: number) => [...Array(n).keys()];
  const planes = range(channels).flatMap((c) =>
    range(4).flatMap((y) => range(4).map((x) => drawnAt(c, y, x) % 256))
  );
  const pixels = range(4).flatMap((y) =>
    range(4).flatMap((x) => range(channels).map((c) => drawnAt(c, y, x) % 256))
  );
  return { planes, pixels };
};

const LAYOUTS = [
  { name: "rows of pixels", shape: [16], channels: 1, order: "planes" },
  { name: "grey with an extent of 1 at the end", shape: [4, 4, 1], channels: 1, order: "planes" },
  { name: "grey with an extent of 1 at first", shape: [1, 4, 4], channels: 1, order: "planes" },
  { name: "RGB, pixel by pixel", shape: [4, 4, 3], channels: 3, order: "pixels" },
  { name: "RGB, plane by plane", shape: [3, 4, 4], channels: 3, order: "planes" },
] as const;

for (const { name, shape, channels, order } of LAYOUTS) {
  for (const type of [0x08, 0x0b, 0x0c, 0x0d, 0x0e]) {
    Deno.test(`loadIdxFolder: images that are ${name}, of type 0x0${type.toString(16)}`, () =>
      withFolder(async (dir) => {
        const image = extents(channels);
        const images = idxBytes([2, ...shape], [...image[order], ...image[order]], { type });
        await writeFiles(dir, {
          "train-images-idx3-ubyte": images,
          "train-labels-idx1-ubyte": idxBytes([2], [0, 1]),
          "t10k-images-idx3-ubyte": images,
          "t10k-labels-idx1-ubyte": idxBytes([2], [1, 0]),
        });
        const { inputShape, toPixels, test, train } = await loadIdxFolder(dir);
        assert.deepEqual(inputShape, [channels, 4, 4]);
        assert.ok(train.images.every((value) => value === 0)); // equal to their mean
        const second = test.images.subarray(16 * channels);
        assert.deepEqual([...toPixels(second, "test", 1)], image.planes);
      }));
  }
}

Deno.test("loadIdxFolder: EMNIST's names, and that its images are transposed is said", () =>
  withFolder(async (dir) => {
    for (const [name, bytes] of Object.entries(smallDataset())) {
      const emnist = `emnist-letters-${name.replace("t10k", "test")}.gz`;
      await writeFiles(dir, { [emnist]: await gzip(bytes) });
    }
    await writeFiles(dir, { "emnist-letters-mapping.txt": new Uint8Array() });
    const notes: string[] = [];
    const { test } = await loadIdxFolder(dir, { onNote: (note) => notes.push(note) });
    assert.deepEqual([...test.labels], [2, 0]);
    assert.match(notes.join(), /EMNIST stores its images transposed; they are used as they are/);
    await writeFiles(dir, { "emnist-digits-test-labels-idx1-ubyte": idxBytes([2], [0, 1]) });
    await assert.rejects(
      loadIdxFolder(dir),
      isUserError(
        /expected the files of one dataset, got those of 2, named emnist-digits-train-\.\.\., emnist-letters-train-\.\.\.; put each into a separate folder$/,
      ),
    );
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
    /t10k-images-idx3-ubyte: expected images of 1 x 2 x 3 values, .*, got 1 x 3 x 2$/,
  ],
  "a test label of no class": [
    { "t10k-labels-idx1-ubyte": idxBytes([2], [2, 3]) },
    /t10k-labels-idx1-ubyte: expected labels 0 to 2, .*, got 3 at index 1$/,
  ],
  "one class": [
    { "train-labels-idx1-ubyte": idxBytes([4], [0, 0, 0, 0]) },
    /train-labels-idx1-ubyte: expected labels of 2 to 65536 classes, got only 0$/,
  ],
  "no training images": [
    {
      "train-images-idx3-ubyte": idxBytes([0, 2, 3], []),
      "train-labels-idx1-ubyte": idxBytes([0], []),
    },
    /train-images-idx3-ubyte: expected at least one image, got shape 0 x 2 x 3$/,
  ],
  "negative labels": [
    { "train-labels-idx1-ubyte": idxBytes([4], [0, 1, -1, 1], { type: 0x0c }) },
    /train-labels-idx1-ubyte: expected labels that are whole numbers >= 0, got -1 at index 2$/,
  ],
  "labels that are no whole numbers": [
    { "train-labels-idx1-ubyte": idxBytes([4], [0, 1, 2, 1.5], { type: 0x0d }) },
    /expected labels that are whole numbers >= 0, got 1\.5 at index 3$/,
  ],
  "a test label in a gap of the training labels": [
    {
      "train-labels-idx1-ubyte": idxBytes([4], [1, 3, 7, 3]),
      "t10k-labels-idx1-ubyte": idxBytes([2], [7, 2]),
    },
    /t10k-labels-idx1-ubyte: expected labels 1, 3, 7, the classes .*, got 2 at index 1$/,
  ],
  "rows that are no squares": [
    { "train-images-idx3-ubyte": idxBytes([4, 6], new Uint8Array(24)) },
    /expected rows of square images, got shape 4 x 6; .* \[count, height, width\]$/,
  ],
  "images of two channels": [
    { "train-images-idx3-ubyte": idxBytes([4, 2, 3, 2], new Uint8Array(48)) },
    /expected images .* of 1 or 3 channels, got shape 4 x 2 x 3 x 2$/,
  ],
  "labels where images should be": [
    { "train-images-idx3-ubyte": idxBytes([4], [0, 2, 1, 2]) },
    /expected images .* of 1 or 3 channels, got shape 4$/,
  ],
  "images without pixels": [
    { "train-images-idx3-ubyte": idxBytes([4, 0, 3], []) },
    /expected at least one image, got shape 4 x 0 x 3$/,
  ],
  ...Object.fromEntries([NaN, Infinity, -1, 256].map((value) => [
    `a pixel that is ${value}`,
    [
      {
        "t10k-images-idx3-ubyte": idxBytes([2, 2, 3], new Float32Array(12).fill(value, 7, 8), {
          type: 0x0d,
        }),
      },
      new RegExp(`t10k-images-idx3-ubyte: expected pixels 0 to 255, got ${value} in image 1$`),
    ],
  ])),
  "fractions for pixels": [
    {
      "train-images-idx3-ubyte": idxBytes([4, 2, 3], new Float32Array(24).fill(0.5), {
        type: 0x0d,
      }),
    },
    /expected pixels 0 to 255, got fractions 0 to 1; multiply them by 255$/,
  ],
  "images where labels should be": [
    { "train-labels-idx1-ubyte": idxBytes([4, 2, 3], new Uint8Array(24)) },
    /train-labels-idx1-ubyte: expected 4 labels, .*, got 4 x 2 x 3$/,
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
        /expected a file t10k-labels-idx1-ubyte \(or .*\); the folder holds t10k-images-idx3-ubyte, train-images-idx3-ubyte, train-labels-idx1-ubyte$/,
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
