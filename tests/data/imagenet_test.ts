import assert from "node:assert/strict";
import { openImagenet } from "../../lib/data/imagenet.ts";
import type { BadImage } from "../../lib/data/image_list.ts";
import { withFolder } from "./idx_fixture.ts";
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

const scales = [
  { scale: "caffe", side: 227, first: [0 - 104.00699, 128 - 116.66877, 255 - 122.67892] },
  {
    scale: "torchvision",
    side: 224,
    first: [(1 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (0 - 0.406) / 0.225],
  },
] as const;

for (const { scale, side, first } of scales) {
  Deno.test(`ImageNet for ${scale}'s networks: their size, channels and scale, and back to pixels`, () =>
    withImagenet(async (dir) => {
      const dataset = await openImagenet(dir, { scale });
      assert.deepEqual([dataset.inputShape, dataset.classes], [[3, side, side], 2]);
      const { images } = await dataset.test.read(Uint32Array.of(0));
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
    const { indices, images } = await test.read(Uint32Array.of(0, 1, 2));
    assert.deepEqual([...indices], [0, 2]);
    assert.equal(images.length, 2 * 3 * 224 ** 2);
    assert.deepEqual([...test.labels], [0, 1, 1]);
    assert.deepEqual(bad.map(({ path }) => path.replaceAll("\\", "/")), ["val/n02/a.JPEG"]);
  }));
