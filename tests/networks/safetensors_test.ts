import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
} from "../../lib/networks/safetensors.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { isUserError } from "../data/user_error.ts";

/** A file put together by hand: the header's length, the header, then bytes. */
function file(header: unknown, values: Iterable<number> = []): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  return Uint8Array.from([
    json.length & 255,
    (json.length >> 8) & 255,
    json.length >> 16,
    0,
    0,
    0,
    0,
    0,
    ...json,
    ...values,
  ]);
}

const ONE = [0x00, 0x00, 0x80, 0x3f]; // 1, little-endian
const MINUS_TWO_AND_A_HALF = [0x00, 0x00, 0x20, 0xc0];

const WEIGHTS: Weights = {
  "fc1.weight": { shape: [2, 3], data: new Float32Array([1, -2.5, 1e-45, -0, -3.4e38, 1e-38]) },
  "fc1.bias": { shape: [2], data: new Float32Array([0.1, 3.4e38]) },
  "scale": { shape: [], data: new Float32Array([7]) },
  "empty": { shape: [0, 4], data: new Float32Array(0) },
};

Deno.test("encodeSafetensors: the bytes of the format", () => {
  const bytes = encodeSafetensors(
    {
      b: { shape: [1, 1], data: new Float32Array([1]) },
      a: { shape: [1], data: new Float32Array([-2.5]) },
    },
    { network: "mlp" },
  );
  const header = '{"__metadata__":{"network":"mlp"},' +
    '"b":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},' +
    '"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  assert.notEqual(padded, header);
  assert.deepEqual([...bytes], [...file(padded, [...ONE, ...MINUS_TWO_AND_A_HALF])]);
  assert.equal(bytes.length % 4, 0);
});

Deno.test("decodeSafetensors: a file made by hand, values not aligned, tensors in another order", () => {
  const header = {
    second: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
    first: { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] },
  };
  for (const padding of ["", " ", "  ", "   "]) {
    const bytes = file(JSON.stringify(header) + padding, [...ONE, ...MINUS_TWO_AND_A_HALF]);
    const { weights, metadata } = decodeSafetensors(bytes, "x");
    assert.deepEqual(metadata, {});
    assert.deepEqual(Object.keys(weights), ["second", "first"]);
    assert.deepEqual(weights, {
      second: { shape: [1], data: new Float32Array([-2.5]) },
      first: { shape: [1, 1], data: new Float32Array([1]) },
    });
  }
});

Deno.test("decodeSafetensors: the counters of PyTorch's batch normalisations are left out", () => {
  const counter = (dtype: string) => ({
    "bn1.num_batches_tracked": { dtype, shape: [], data_offsets: [0, 8] },
    "bn1.weight": { dtype: "F32", shape: [1], data_offsets: [8, 12] },
  });
  const values = new Uint8Array(Float32Array.of(7, 0, 2.5).buffer);
  const { weights } = decodeSafetensors(file(counter("I64"), values), "resnet18.safetensors");
  assert.deepEqual(weights, { "bn1.weight": { shape: [1], data: Float32Array.of(2.5) } });
  assert.throws(
    () => decodeSafetensors(file(counter("F32"), values), "resnet18.safetensors"),
    isUserError(/tensor bn1\.num_batches_tracked of type I64, got "F32"$/),
  );
});

Deno.test("safetensors: writing and reading gives the same bits", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    const metadata = { network: "mlp", note: 'quotes " and é, \n too' };
    await Deno.writeFile(path, encodeSafetensors(WEIGHTS, metadata));
    const read = await readSafetensors(path);
    assert.deepEqual(read.metadata, metadata);
    assert.deepEqual(Object.keys(read.weights), Object.keys(WEIGHTS));
    for (const [name, { shape, data }] of Object.entries(WEIGHTS)) {
      assert.deepEqual(read.weights[name]?.shape, shape);
      assert.deepEqual(
        new Uint8Array(read.weights[name]!.data.buffer),
        new Uint8Array(data.buffer),
      );
    }
    assert.deepEqual(encodeSafetensors(read.weights, read.metadata), await Deno.readFile(path));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("encodeSafetensors: a view's own values, not its buffer's", () => {
  const data = new Float32Array([9, 1, 9]).subarray(1, 2);
  const { weights } = decodeSafetensors(encodeSafetensors({ a: { shape: [1], data } }), "x");
  assert.deepEqual(weights["a"]?.data, new Float32Array([1]));
});

Deno.test("decodeSafetensors: tensors named like an object's own properties", () => {
  const tensor = { shape: [1], data: new Float32Array([1]) };
  const named = Object.fromEntries([["__proto__", tensor], ["constructor", tensor]]);
  const { weights } = decodeSafetensors(encodeSafetensors(named), "x");
  assert.deepEqual(Object.keys(weights), ["__proto__", "constructor"]);
});

Deno.test("encodeSafetensors: refuses values that do not fit the shape, and the metadata's name", () => {
  const data = new Float32Array(3);
  assert.throws(
    () => encodeSafetensors({ a: { shape: [2, 2], data } }),
    /tensor a: .* got 3 values/,
  );
  assert.throws(() => encodeSafetensors({ __metadata__: { shape: [3], data } }), RangeError);
});

const tensor = (begin: number, end: number, more = {}) => ({
  dtype: "F32",
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
  ...more,
});

const BAD: Readonly<Record<string, [bytes: Uint8Array, message: RegExp]>> = {
  "an empty file": [new Uint8Array(0), /expected safetensors, got an empty file$/],
  "a cut header": [
    file({ a: tensor(0, 4) }, ONE).subarray(0, 30),
    /header of 54 bytes, as the first 8 say, got 22: the file is truncated or not safetensors$/,
  ],
  "a few bytes": [Uint8Array.of(2, 0, 0), /a safetensors file of at least 8 bytes, got 3$/],
  "other bytes": [
    new TextEncoder().encode("nothing that is known"),
    /expected a safetensors header of \d+ bytes, as the first 8 say, got 13: /,
  ],
  "a header that is not JSON": [file("{nonsense"), /expected a safetensors header in JSON, got /],
  "a header that is not UTF-8": [
    Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]),
    /expected a safetensors header in JSON, got /,
  ],
  "an empty header": [file(""), /expected a safetensors header in JSON, got /],
  "a header that is a list": [file([]), /expected a JSON object as safetensors header/],
  "a header that is null": [file("null"), /expected a JSON object as safetensors header/],
  "another type": [
    file({ "fc1.weight": tensor(0, 4, { dtype: "F16", shape: [2] }) }, ONE),
    /expected tensor fc1\.weight of type F32, got "F16"$/,
  ],
  "no type": [
    file({ a: { shape: [1], data_offsets: [0, 4] } }, ONE),
    /tensor a of type F32, got none/,
  ],
  "an entry that is no object": [file({ a: 3 }), /expected an object for tensor a, got 3$/],
  "a negative extent": [
    file({ a: tensor(0, 4, { shape: [-1] }) }, ONE),
    /a shape for tensor a, got \[-1\]/,
  ],
  "a fractional extent": [
    file({ a: tensor(0, 4, { shape: [0.5] }) }, ONE),
    /a shape for tensor a, got \[0\.5\]/,
  ],
  "no shape": [
    file({ a: { dtype: "F32", data_offsets: [0, 4] } }, ONE),
    /a shape for tensor a, got none/,
  ],
  "offsets that do not fit the shape": [
    file({ a: tensor(0, 4, { shape: [2, 3] }) }, ONE),
    /expected two data_offsets 24 bytes apart for tensor a of shape \[2, 3\], got \[0,4\]$/,
  ],
  "offsets backwards": [
    file({ a: tensor(0, 4, { data_offsets: [4, 0] }) }, ONE),
    /4 bytes apart .*, got \[4,0\]/,
  ],
  "three offsets": [file({ a: tensor(0, 4, { data_offsets: [0, 4, 8] }) }, ONE), /got \[0,4,8\]$/],
  "no offsets": [
    file({ a: { dtype: "F32", shape: [1] } }, ONE),
    /4 bytes apart .*, got none$/,
  ],
  "tensors that overlap": [
    file({ a: tensor(0, 8), b: tensor(4, 8) }, [...ONE, ...ONE]),
    /expected tensor b to start at byte 8, got 4: it overlaps another tensor$/,
  ],
  "a gap between tensors": [
    file({ a: tensor(0, 4), b: tensor(8, 12) }, [...ONE, ...ONE, ...ONE]),
    /expected tensor b to start at byte 4, got 8: there is a gap before it$/,
  ],
  "cut values": [
    file({ a: tensor(0, 8) }, ONE),
    /expected tensor a to end within the 4 bytes of values, got 8: the file is truncated/,
  ],
  "trailing bytes": [
    file({ a: tensor(0, 4) }, [...ONE, 0]),
    /expected 4 bytes of values, got 5: bytes trail$/,
  ],
  "a tensor that holds NaN": [
    file({ a: tensor(0, 4), b: tensor(4, 8) }, [...ONE, 0, 0, 0xc0, 0x7f]),
    /expected weights of finite numbers, got NaN in b$/,
  ],
  "a tensor that holds an infinite number": [
    file({ a: tensor(0, 4) }, [0, 0, 0x80, 0xff]),
    /expected weights of finite numbers, got -Infinity in a$/,
  ],
  "metadata that are not strings": [
    file({ __metadata__: { epoch: 3 }, a: tensor(0, 4) }, ONE),
    /expected __metadata__ of strings, got \{"epoch":3\}$/,
  ],
};

for (const [name, [bytes, message]] of Object.entries(BAD)) {
  Deno.test(`decodeSafetensors: refuses ${name}`, () => {
    assert.throws(() => decodeSafetensors(bytes, "model.safetensors"), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.ok(error.message.startsWith("reading model.safetensors: expected "), error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

Deno.test("readSafetensors: names a missing file", async () => {
  await assert.rejects(readSafetensors("tests/none.safetensors"), {
    name: "UserError",
    message: "reading tests/none.safetensors: expected a readable file: there is none",
  });
});

const LONG = "x".repeat(200_000);
const CONTROL = "a\x1b[31m\nb";

const SHORTENED: Readonly<Record<string, Uint8Array>> = {
  "long metadata": file({ __metadata__: { a: [LONG] } }),
  "a long type": file({ a: { dtype: LONG, shape: [], data_offsets: [0, 4] } }),
  "a long shape": file({ a: { dtype: "F32", shape: [LONG], data_offsets: [0, 4] } }),
  "many extents": file({ a: { dtype: "F32", shape: Array(50_000).fill(1), data_offsets: [0] } }),
  "long offsets": file({ a: { dtype: "F32", shape: [], data_offsets: Array(50_000).fill(1) } }),
  "a long entry": file({ a: LONG }),
  "a long name": file({ [LONG]: 1 }),
  "a name of control characters": file({
    [CONTROL]: { dtype: "F32", shape: [], data_offsets: [9, 13] },
  }),
  "no JSON, but long": file(`{${LONG}`),
  "no JSON, but control characters": file(`{"a": ${CONTROL}}`),
};

for (const [name, bytes] of Object.entries(SHORTENED)) {
  Deno.test(`decodeSafetensors: the message about ${name} is short and has no control characters`, () => {
    assert.throws(() => decodeSafetensors(bytes, "a.safetensors"), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.ok(error.message.length < 400, error.message.slice(0, 1000));
      assert.doesNotMatch(error.message, /\p{Cc}/u);
      return true;
    });
  });
}
