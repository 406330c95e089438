import assert from "node:assert/strict";
import { parseIdx, readIdx } from "../../../lib/data/idx/idx.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { gzip, idxBytes, withFolder } from "./fixture.ts";

const VALUES = [0, 1, 2, 127, 128, 255];
const GOOD = idxBytes([2, 1, 3], VALUES);

Deno.test("readIdx: plain and gzipped alike, whatever the file's name", () =>
  withFolder(async (dir) => {
    for (const [name, bytes] of [["plain.gz", GOOD], ["zipped", await gzip(GOOD)]] as const) {
      await Deno.writeFile(`${dir}/${name}`, bytes);
      const idx = await readIdx(`${dir}/${name}`);
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

const TYPES: Readonly<Record<string, [type: number, values: number[]]>> = {
  "signed bytes": [0x09, [0, 127, -128]],
  "int16": [0x0b, [0, 258, -32768]],
  "int32": [0x0c, [0, 16909060, -2147483648]],
  "float32": [0x0d, [0, -0.15625, 3.4028234663852886e38]],
  "float64": [0x0e, [0, 0.1, -1e300]],
};

for (const [name, [type, values]] of Object.entries(TYPES)) {
  Deno.test(`parseIdx: values that are ${name}, wherever in memory they begin`, () => {
    const bytes = idxBytes([3], values, { type });
    assert.deepEqual([...parseIdx(bytes, "x").data], values);
    const shifted = new Uint8Array([9, ...bytes]);
    assert.deepEqual([...parseIdx(shifted.subarray(1), "x").data], values);
  });
}

Deno.test("readIdx: a gzip file of several members, and with zeros after it, is read whole", () =>
  withFolder(async (dir) => {
    const members = [await gzip(GOOD.slice(0, 9)), await gzip(GOOD.slice(9))];
    const zeros = new Uint8Array(700);
    const files = { members, padded: [await gzip(GOOD), zeros], both: [...members, zeros] };
    for (const [name, parts] of Object.entries(files)) {
      await Deno.writeFile(`${dir}/${name}`, await new Blob(parts).bytes());
      assert.deepEqual([...(await readIdx(`${dir}/${name}`)).data], VALUES, name);
    }
  }));

const BAD: Readonly<Record<string, [bytes: Uint8Array, message: RegExp]>> = {
  "empty": [new Uint8Array(0), /expected an IDX file of at least 4 bytes, got 0 bytes/],
  "three bytes": [GOOD.subarray(0, 3), /at least 4 bytes, got 3 bytes/],
  "a web page": [
    new TextEncoder().encode("<!DOCTYPE html><html></html>"),
    /expected an IDX file \(first bytes 00 00 and a type 08 to 0e\), got first bytes 3c 21 44 4f/,
  ],
  "cut floats": [
    idxBytes([2], [1], { type: 0x0d }),
    /expected 16 bytes \(a header of 8, then 2 values of 4 byte\(s\)\), got 12: the file is trunc/,
  ],
  "an unknown type": [idxBytes([1], [0], { type: 0x07 }), /got first bytes 00 00 07 01/],
  "no dimensions": [idxBytes([], []), /expected 1 to 4 dimensions, got 0/],
  "five dimensions": [idxBytes([1, 1, 1, 1, 1], [7]), /expected 1 to 4 dimensions, got 5/],
  "a cut header": [GOOD.subarray(0, 9), /expected a header of 16 bytes, got 9 bytes/],
  "cut values": [
    GOOD.subarray(0, -1),
    /expected 22 bytes \(a header of 16, then 2 x 1 x 3 values of 1 byte\(s\)\), got 21: the file is truncated/,
  ],
  "trailing bytes": [
    new Uint8Array([...GOOD, 0]),
    /expected 22 bytes .*, got 23: the file has trailing bytes/,
  ],
  "a huge count": [
    idxBytes([0xffffffff, 0xffffffff, 0xffffffff], VALUES),
    /4294967295 x 4294967295 x 4294967295 values of 1 byte\(s\)\), got 22: the file is truncated/,
  ],
};

for (const [name, [bytes, message]] of Object.entries(BAD)) {
  Deno.test(`readIdx: refuses ${name}, plain and gzipped`, () =>
    withFolder(async (dir) => {
      const path = `${dir}/bad-idx`;
      for (const contents of [bytes, await gzip(new Uint8Array(bytes))]) {
        await Deno.writeFile(path, contents);
        await assert.rejects(readIdx(path), isUserError(path, message));
      }
    }));
}

Deno.test("readIdx: refuses a corrupted or cut gzip file", () =>
  withFolder(async (dir) => {
    const path = `${dir}/bad.gz`;
    const zipped = await gzip(idxBytes([5000], Array.from({ length: 5000 }, (_, i) => i * i)));
    const flipped = zipped.slice();
    flipped[flipped.length - 6]! ^= 0xff; // in the checksum
    const member = await gzip(GOOD);
    const damaged = {
      cut: zipped.subarray(0, -20),
      flipped,
      "a header alone": new Uint8Array([0x1f, 0x8b, 1, 2]),
      "a second member cut": new Uint8Array([...zipped, ...member.subarray(0, -3)]),
      "something after it": new Uint8Array([...zipped, 60, 61, 62]),
    };
    for (const bytes of Object.values(damaged)) {
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
    assert.ok(error.message.startsWith(`reading ${path}: expected `), error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}
