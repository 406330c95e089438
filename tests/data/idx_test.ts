import assert from "node:assert/strict";
import { parseIdx, readIdx } from "../../lib/data/idx.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { gzip, idxBytes, withFolder } from "./idx_fixture.ts";

const VALUES = [0, 1, 2, 127, 128, 255];
const GOOD = idxBytes([2, 1, 3], VALUES);

Deno.test("readIdx: plain and gzipped alike, whatever the file's name", () =>
  withFolder(async (dir) => {
    for (const [name, bytes] of [["plain.gz", GOOD], ["zipped", await gzip(GOOD)]] as const) {
      await Deno.writeFile(`${dir}/${name}`, bytes);
      const idx = await readIdx(`${dir}/${name}`, { dimensions: 3 });
      assert.deepEqual(idx.shape, [2, 1, 3]);
      assert.deepEqual([...idx.data], VALUES);
      assert.deepEqual([...idx.bytes], [...GOOD]);
      assert.equal(idx.path, `${dir}/${name}`);
    }
  }));

Deno.test("parseIdx: a view into a larger buffer, and no values at all", () => {
  const larger = new Uint8Array([9, 9, 9, ...GOOD, 9]);
  assert.deepEqual([...parseIdx(larger.subarray(3, -1), "x").data], VALUES);
  assert.deepEqual(parseIdx(idxBytes([0, 28, 28], []), "x").shape, [0, 28, 28]);
});

const BAD: Readonly<Record<string, [bytes: Uint8Array, message: RegExp]>> = {
  "empty": [new Uint8Array(0), /expected an IDX file of at least 4 bytes, got 0 bytes/],
  "three bytes": [GOOD.subarray(0, 3), /at least 4 bytes, got 3 bytes/],
  "a web page": [
    new TextEncoder().encode("<!DOCTYPE html><html></html>"),
    /expected an IDX file \(first bytes 00 00 08\), got first bytes 3c 21 44 4f/,
  ],
  "floats": [
    idxBytes([1], [0, 0, 0, 0], { type: 0x0d }),
    /expected values of type unsigned byte \(08\), got float32 \(0d\)/,
  ],
  "an unknown type": [idxBytes([1], [0], { type: 0x07 }), /got first bytes 00 00 07 01/],
  "labels for images": [idxBytes([6], VALUES), /expected 3 dimension\(s\), got 1/],
  "no dimensions": [idxBytes([], []), /expected 3 dimension\(s\), got 0/],
  "a cut header": [GOOD.subarray(0, 9), /expected a header of 16 bytes, got 9 bytes/],
  "cut values": [
    GOOD.subarray(0, -1),
    /expected 22 bytes \(a header of 16, then 2 x 1 x 3 values\), got 21: the file is truncated/,
  ],
  "trailing bytes": [
    new Uint8Array([...GOOD, 0]),
    /expected 22 bytes .*, got 23: the file has trailing bytes/,
  ],
  "a huge count": [
    idxBytes([0xffffffff, 0xffffffff, 0xffffffff], VALUES),
    /4294967295 x 4294967295 x 4294967295 values\), got 22: the file is truncated/,
  ],
};

for (const [name, [bytes, message]] of Object.entries(BAD)) {
  Deno.test(`readIdx: refuses ${name}, plain and gzipped`, () =>
    withFolder(async (dir) => {
      const path = `${dir}/bad-idx`;
      for (const contents of [bytes, await gzip(new Uint8Array(bytes))]) {
        await Deno.writeFile(path, contents);
        await assert.rejects(readIdx(path, { dimensions: 3 }), isUserError(path, message));
      }
    }));
}

Deno.test("readIdx: refuses a corrupted or cut gzip file", () =>
  withFolder(async (dir) => {
    const path = `${dir}/bad.gz`;
    const zipped = await gzip(idxBytes([5000], Array.from({ length: 5000 }, (_, i) => i * i)));
    const flipped = zipped.slice();
    flipped[flipped.length - 6]! ^= 0xff; // in the checksum
    for (const bytes of [zipped.subarray(0, -20), flipped, new Uint8Array([0x1f, 0x8b, 1, 2])]) {
      await Deno.writeFile(path, bytes);
      await assert.rejects(
        readIdx(path),
        isUserError(path, /expected a whole gzip file, got a corrupted one/),
      );
    }
  }));

Deno.test("readIdx: refuses a file that is missing or cannot be read", () =>
  withFolder(async (dir) => {
    await assert.rejects(
      readIdx(`${dir}/none`),
      isUserError(`${dir}/none`, /expected a readable file: there is none/),
    );
    await assert.rejects(readIdx(dir), isUserError(dir, /expected a readable file: /));
  }));

/** Whether an error is a user's, on one line that names the file and says what came. */
function isUserError(path: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(error.message.startsWith(`Reading ${path}: expected `), error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}
