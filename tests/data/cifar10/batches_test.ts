import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cifar10Files, readBatches } from "../../../lib/data/cifar10/batches.ts";
import { withFolder, writeFiles } from "../idx/fixture.ts";
import { isUserError } from "../user_error.ts";
import { labelOf, pixelOf, smallBatches, smallBatchFiles } from "./fixture.ts";

Deno.test("readBatches: pixels in planes, labels, and the contents' checksum", () =>
  withFolder(async (dir) => {
    const batches = smallBatches();
    await writeFiles(dir, batches);
    const { train, test, checksum } = await readBatches(dir, smallBatchFiles());
    assert.deepEqual([train.count, test.count], [15, 3]);
    assert.deepEqual([...train.labels], Array.from({ length: 15 }, (_, image) => labelOf(image)));
    assert.deepEqual([...test.labels], [15, 16, 17].map(labelOf));
    for (const [image, channel, pixel] of [[0, 0, 0], [4, 2, 1023], [14, 1, 33]] as const) {
      const at = (image * 3 + channel) * 1024 + pixel;
      assert.equal(train.pixels[at], pixelOf(image, channel, pixel));
    }
    assert.equal(test.pixels.at(-1), pixelOf(17, 2, 1023));
    const hash = createHash("sha256");
    Object.values(batches).forEach((bytes) => hash.update(bytes));
    assert.equal(checksum, hash.digest("hex"));
  }));

Deno.test("readBatches: expects the 60,000 published images unless told otherwise", () => {
  const { images, train, test } = cifar10Files;
  assert.equal(images * (train.length + 1), 60_000);
  for (const { name, sha256 } of [...train, test]) {
    assert.match(name, /^(data_batch_[1-5]|test_batch)\.bin$/);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
});

const bad: Readonly<Record<string, [change: (batch: Uint8Array) => Uint8Array, message: RegExp]>> =
  {
    "a truncated batch": [
      (batch) => batch.subarray(1),
      /data_batch_3\.bin: expected 9219 bytes \(3 images of 1 \+ 3072\), got 9218: .* truncated$/,
    ],
    "a longer batch": [
      (batch) => Uint8Array.from([...batch, 0]),
      /data_batch_3\.bin: expected 9219 bytes .*, got 9220: the file has trailing bytes$/,
    ],
    "an altered batch": [
      (batch) => batch.map((value, i) => i === 5000 ? value ^ 1 : value),
      /data_batch_3\.bin: expected CIFAR-10's file with SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}$/,
    ],
    "a label of no class": [
      (batch) => batch.map((value, i) => i === 3073 ? 10 : value),
      /data_batch_3\.bin: expected labels 0 to 9, got 10 at image 1$/,
    ],
  };

for (const [what, [change, message]] of Object.entries(bad)) {
  Deno.test(`readBatches: refuses ${what}`, () =>
    withFolder(async (dir) => {
      const batches = smallBatches();
      const name = "data_batch_3.bin";
      await writeFiles(dir, { ...batches, [name]: change(batches[name]!) });
      await assert.rejects(readBatches(dir, smallBatchFiles()), isUserError(message));
    }));
}

Deno.test("readBatches: names what is missing", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, smallBatches());
    await Deno.remove(`${dir}/test_batch.bin`);
    const message =
      /test_batch\.bin: expected a batch of CIFAR-10's binary version: there is none$/;
    await assert.rejects(readBatches(dir, smallBatchFiles()), isUserError(message));
    await assert.rejects(readBatches(`${dir}/none`), isUserError(/data_batch_1\.bin: .* is none$/));
  }));
