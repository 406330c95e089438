import assert from "node:assert/strict";
import { cacheFolder } from "../../../lib/data/cache.ts";
import { readBatches } from "../../../lib/data/cifar10/batches.ts";
import { loadCifar10 } from "../../../lib/data/cifar10/cifar10.ts";
import { contrastOf, meanDeviation } from "../../../lib/data/cifar10/contrast_normalization.ts";
import { loadDataset } from "../../../lib/data/load.ts";
import { meanImage } from "../../../lib/data/mean_image.ts";
import { withFolder } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";

Deno.test("loadDataset: cifar10:DIR reads a folder's batches, and fetches nothing where they are missing", () =>
  withFolder(async (dir) => {
    const message =
      /data_batch_1\.bin: expected a batch of CIFAR-10's binary version: there is none$/;
    await assert.rejects(loadDataset(`cifar10:${dir}`), isUserError(message));
    await assert.rejects(loadCifar10({ dir, cache: `${dir}/cache` }), isUserError(message));
    assert.deepEqual(await Array.fromAsync(Deno.readDir(dir)), []);
  }));

/** Whether `--dataset cifar10` has been fetched and preprocessed here: nothing is fetched for a test. */
const whitened = `${cacheFolder}/whitened-013ba16d14ecc482`;
const ignore = !await Deno.stat(whitened).then(() => true, () => false);
const batches = `${cacheFolder}/cifar10`;

Deno.test({
  name: "CIFAR-10: its first labels, its classes, and mean(n)",
  ignore,
  fn: async () => {
    const { train, test } = await readBatches(batches);
    assert.deepEqual([...train.labels.subarray(0, 10)], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    assert.deepEqual([...test.labels.subarray(0, 10)], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    for (let label = 0; label < 10; label++) {
      assert.equal(train.labels.filter((other) => other === label).length, 5000);
      assert.equal(test.labels.filter((other) => other === label).length, 1000);
    }
    const mean = meanImage(train.pixels, train.count);
    const [a, b] = [train, test].map(({ pixels }) => contrastOf(pixels, mean).deviations);
    assert.equal(meanDeviation(a!, b!).toFixed(7), "53.0992088");
  },
});

Deno.test({
  name: "CIFAR-10: inputs go back to pixels",
  ignore,
  fn: async () => {
    const dataset = await loadDataset(`cifar10:${batches}`);
    assert.equal(dataset.id, "cifar10");
    const published = await readBatches(batches);
    const length = 3072;
    for (const split of ["train", "test"] as const) {
      const raw = published[split].pixels;
      const indices = Uint32Array.of(0, 17, 9999);
      const rows = new Float32Array(indices.length * length);
      indices.forEach((index, i) =>
        rows.set(dataset[split].images.subarray(index * length, (index + 1) * length), i * length)
      );
      const together = await dataset.rowsToPixels!(rows, split, indices);
      indices.forEach((index, i) => {
        const row = rows.subarray(i * length, (i + 1) * length);
        dataset.toPixels(row, split, index).forEach((pixel, p) => {
          const expected = raw[index * length + p]!;
          assert.ok(Math.abs(pixel - expected) < 1e-2, `${split} ${index}: ${pixel}, ${expected}`);
          assert.ok(Math.abs(together[i * length + p]! - expected) < 1e-2);
        });
      });
    }
  },
});
