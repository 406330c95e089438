import assert from "node:assert/strict";
import { tarFiles } from "../../lib/data/tar.ts";
import { tarHeader } from "./cifar10/fixture.ts";
import { isUserError } from "./user_error.ts";

/** An archive of three files and a folder. */
const archive = Uint8Array.from([
  ...tarHeader("empty", 0),
  ...tarHeader("folder/", 0, "5"),
  ...tarHeader("folder/block", 512),
  ...new Uint8Array(512).fill(7),
  ...tarHeader("more", 700),
  ...new Uint8Array(700).fill(9),
  ...new Uint8Array(324 + 1024),
]);

/** A stream of an archive's bytes in pieces. */
function inPieces(bytes: Uint8Array, length: number): ReadableStream<Uint8Array> {
  const count = Math.ceil(bytes.length / length);
  return ReadableStream.from(
    Array.from({ length: count }, (_, i) => bytes.slice(i * length, (i + 1) * length)),
  );
}

for (const length of [1, 511, 512, 700, 100_000]) {
  Deno.test(`tarFiles: names and contents, from pieces of ${length} bytes`, async () => {
    const files = await Array.fromAsync(tarFiles(inPieces(archive, length), "a.tgz"));
    assert.deepEqual(files.map(({ name, bytes }) => [name, bytes.length, bytes.at(-1)]), [
      ["empty", 0, undefined],
      ["folder/block", 512, 7],
      ["more", 700, 9],
    ]);
  });
}

Deno.test("tarFiles: an archive that ends within a file is refused", async () => {
  const part = tarFiles(inPieces(archive.subarray(0, 2100), 100), "a.tgz");
  await assert.rejects(
    Array.fromAsync(part),
    isUserError(/^reading a\.tgz: expected a whole tar archive, got a part$/),
  );
});

/** An archive whose first header has other bytes from a place on. */
function damaged(at: number, bytes: readonly number[]): Uint8Array {
  const changed = archive.slice();
  changed.set(bytes, at);
  return changed;
}

Deno.test("tarFiles: a damaged header is refused, its name on one line", async () => {
  for (const bytes of [damaged(124, [0x39]), damaged(0, [0x1b, 0x0a]), damaged(148, [0, 0])]) {
    await assert.rejects(
      Array.fromAsync(tarFiles(inPieces(bytes, 512), "a.tgz")),
      isUserError(/^reading a\.tgz: expected a tar archive, got a damaged header, of \S+$/),
    );
  }
});

Deno.test("tarFiles: a header that promises eight gigabytes costs no memory", async () => {
  const before = Deno.memoryUsage();
  const bytes = tarHeader("huge", 8 ** 11 - 1);
  await assert.rejects(
    Array.fromAsync(tarFiles(inPieces(bytes, 512), "a.tgz")),
    isUserError(/expected a whole tar archive, got a part$/),
  );
  const { external, rss } = Deno.memoryUsage();
  assert.ok(external - before.external < 1e8 && rss - before.rss < 1e9);
});

Deno.test("tarFiles: a stream that cannot be read is one line", async () => {
  const zipped = new Blob([Uint8Array.of(0x1f, 0x8b, 8, 0)]).stream();
  const stream = zipped.pipeThrough(new DecompressionStream("gzip"));
  await assert.rejects(
    Array.fromAsync(tarFiles(stream, "a.tgz")),
    isUserError(/^reading a\.tgz: expected a whole tar archive: /),
  );
});
