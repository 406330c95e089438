import assert from "node:assert/strict";
import { basename } from "node:path";
import type { StreamedSplit } from "../../../lib/data/dataset.ts";
import type { BadImage } from "../../../lib/data/images/image_list.ts";
import { openImagenet } from "../../../lib/data/images/imagenet.ts";
import { withFolder } from "../idx/fixture.ts";
import { jpeg, png, texture, writeTree } from "./image_fixture.ts";

/** Two classes; the second validation image is no image. */
async function withImagenet(test: (dir: string) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    await writeTree(dir, {
      "train/n01/a.JPEG": await jpeg(300, 280, texture(1)),
      "train/n02/a.JPEG": await jpeg(280, 300, texture(2)),
      "val/n01/a.png": await png(256, 256, () => [255, 128, 0]),
      "val/n02/a.JPEG": "no image",
      "val/n02/b.JPEG": await jpeg(256, 256, texture(3)),
    });
    await test(dir);
  });
}

/** The index of a file. */
const indexOf = ({ files }: StreamedSplit, path: string) => files!.indexOf(path);

const scales = [
  { scale: "caffe", side: 227, first: [0 - 104.00699, 128 - 116.66877, 255 - 122.67892] },
  {
    scale: "torchvision",
    side: 224,
    first: [(1 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (0 - 0.406) / 0.225],
  },
  { scale: "small", side: 32, first: [0 - 104.00699, 128 - 116.66877, 255 - 122.67892] },
] as const;

for (const { scale, side, first } of scales) {
  Deno.test(`ImageNet for ${scale}'s networks: their size, channels and scale, and back to pixels`, () =>
    withImagenet(async (dir) => {
      const dataset = await openImagenet(dir, { scale });
      assert.deepEqual([dataset.inputShape, dataset.classes], [[3, side, side], 2]);
      const { images } = await dataset.test.read(
        Uint32Array.of(indexOf(dataset.test, "val/n01/a.png")),
      );
      const channels = [0, 1, 2].map((channel) => images[channel * side ** 2]!);
      channels.forEach((value, i) => assert.ok(Math.abs(value - first[i]!) < 1e-4));
      const pixels = dataset.toPixels(images, "test", 0);
      const back = [0, 1, 2].map((channel) => pixels[channel * side ** 2]!);
      back.forEach((value, i) => assert.ok(Math.abs(value - [255, 128, 0][i]!) < 1e-3));
    }));
}

Deno.test("ImageNet: training crops differ by key, evaluation's do not, and a bad image is told and left out", () =>
  withImagenet(async (dir) => {
    const bad: BadImage[] = [];
    const { train, test } = await openImagenet(dir, { onBad: (image) => bad.push(image) });
    const all = Uint32Array.of(0, 1);
    const [a, b, again] = [
      await train.read(all, [1, 2]),
      await train.read(all, [1, 3]),
      await train.read(all, [1, 2]),
    ];
    assert.deepEqual(a, again);
    assert.notDeepEqual(a.images, b.images);
    const { indices, images } = await test.read(Uint32Array.of(2, 1, 0));
    const unread = indexOf(test, "val/n02/a.JPEG");
    assert.deepEqual([...indices], [2, 1, 0].filter((index) => index !== unread));
    assert.equal(images.length, 2 * 3 * 224 ** 2);
    test.files!.forEach((file, i) => assert.equal(test.labels[i], file.includes("/n01/") ? 0 : 1));
    assert.deepEqual(bad.map(({ path }) => path.replaceAll("\\", "/")), ["val/n02/a.JPEG"]);
  }));

Deno.test("ImageNet: the first images are of many classes, in an order that is always the same", () =>
  withFolder(async (dir) => {
    const classes = Array.from({ length: 20 }, (_, i) => `c${i}`);
    const files = classes.flatMap((name) =>
      ["a", "b", "c", "d"].map((file) => `${name}/${file}.png`)
    );
    const empty = Object.fromEntries(
      files.flatMap((file) => [[`train/${file}`, ""], [`val/${file}`, ""]]),
    );
    await writeTree(dir, empty);
    const { id, title, train, test } = await openImagenet(dir);
    for (const { labels, files } of [train, test]) {
      assert.ok(new Set(labels.subarray(0, 20)).size > 8);
      assert.deepEqual([...files!].sort(), [...new Set(files)].sort());
    }
    assert.deepEqual((await openImagenet(dir)).test.files, test.files);
    assert.equal(id, `imagenet:${basename(dir)}`);
    assert.equal(title, id);
  }));

Deno.test("ImageNet: the thousand synsets alone are called ImageNet", () =>
  withFolder(async (dir) => {
    const synsets = Array.from({ length: 1000 }, (_, i) => `n${String(i).padStart(8, "0")}`);
    await writeTree(
      dir,
      Object.fromEntries(
        synsets.flatMap((name) => [[`train/${name}/a.png`, ""], [`val/${name}/a.png`, ""]]),
      ),
    );
    const { id, title, classes } = await openImagenet(dir);
    assert.deepEqual([id, title, classes], ["imagenet", "ImageNet", 1000]);
    const small = await openImagenet(dir, { side: 64, whole: true });
    assert.equal(small.id, `imagenet:${basename(dir)}`);
  }));

Deno.test("ImageNet: whole photos of the wanted size are measured pixel for pixel, and moved or mirrored in training", () =>
  withFolder(async (dir) => {
    const pixel = (x: number, y: number) => [4 * x, 4 * y, 0] as const;
    const photo = await png(64, 64, pixel);
    await writeTree(dir, {
      "train/n01/a.png": photo,
      "train/n02/a.png": photo,
      "val/n01/a.png": photo,
    });
    const { test, train, inputShape } = await openImagenet(dir, {
      side: 64,
      whole: true,
      pixels: true,
    });
    assert.deepEqual(inputShape, [3, 64, 64]);
    const { images } = await test.read(Uint32Array.of(0));
    for (const [x, y] of [[0, 0], [63, 0], [5, 63]] as const) {
      const at = 64 * y + x;
      assert.deepEqual([images[at], images[64 ** 2 + at], images[2 * 64 ** 2 + at]], pixel(x, y));
    }
    const corners = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const { images: [red], images } = await train.read(Uint32Array.of(0), [i]);
        return [red! / 4, images[64 ** 2]! / 4];
      }),
    );
    const rows = corners.map(([, row]) => row!);
    assert.ok(rows.includes(0) && rows.every((row) => row <= 8), `${rows}`);
    assert.ok(corners.every(([column]) => column! <= 8 || column! >= 55), `${corners}`);
    assert.ok(corners.some(([column]) => column! <= 8) && corners.some(([column]) => column! > 8));
  }));

Deno.test("ImageNet: photos of a few synsets have a thousand classes and a name of their own", () =>
  withFolder(async (dir) => {
    const synsets = Array.from({ length: 1000 }, (_, i) => `n${String(i).padStart(8, "0")}`);
    await writeTree(dir, {
      [`val/${synsets[5]}/a.png`]: "",
      [`val/${synsets[998]}/a.png`]: "",
      "synsets.txt": synsets.join("\n"),
    });
    const { id, classes, train, test } = await openImagenet(dir);
    assert.deepEqual([id, classes, train.count], [`imagenet:${basename(dir)}`, 1000, 0]);
    assert.deepEqual([...test.labels].sort(), [5, 998]);
  }));
