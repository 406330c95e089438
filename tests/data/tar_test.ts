import assert from "node:assert/strict";
import { tarFiles } from "../../lib/data/tar.ts";
import { tarHeader } from "./cifar10_fixture.ts";
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
    isUserError(/^Reading a\.tgz: expected a whole tar archive, got a part$/),
  );
});

const damaged: readonly (readonly [string, ReadableStream<Uint8Array>, RegExp])[] = [
  [
    "whose header states no length",
    inPieces(Uint8Array.from(tarHeader("a", 0), (byte) => byte === 0x30 ? 0x39 : byte), 512),
    /^Reading a\.tgz: expected a whole tar archive, got a header without a file's length$/,
  ],
  [
    "that is not gzipped as it should be",
    ReadableStream.from([archive]).pipeThrough(new DecompressionStream("gzip")),
    /^Reading a\.tgz: expected a whole tar archive, got .*gzip/,
  ],
];
for (const [which, stream, message] of damaged) {
  Deno.test(`tarFiles: an archive ${which} is refused`, async () => {
    await assert.rejects(Array.fromAsync(tarFiles(stream, "a.tgz")), isUserError(message));
  });
}

Deno.test("tarFiles: a header that states gigabytes takes no memory before they come", async () => {
  const before = Deno.memoryUsage().external;
  const large = tarFiles(inPieces(tarHeader("large", 8 ** 11 - 1), 512), "a.tgz");
  await assert.rejects(Array.fromAsync(large), isUserError(/got a part$/));
  assert.ok(Deno.memoryUsage().external - before < 1e9);
});
