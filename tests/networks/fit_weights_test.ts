import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { StoredTensor, StoredType } from "../../lib/data/safetensors_file.ts";
import { fitWeights } from "../../lib/networks/fit_weights.ts";
import { readSafetensors, readWeights } from "../../lib/networks/safetensors.ts";
import type { NameMap } from "../../lib/networks/tensor_names.ts";
import { isUserError } from "../data/user_error.ts";

const shapes = { "fc1.weight": [2, 3], "fc1.bias": [2], "fc2.weight": [1, 2] };

/** A tensor of rising numbers, from the place of its last part on. */
function tensor(name: string, shape: readonly number[], type: StoredType = "F32"): StoredTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: count }, (_, i) => i + 0.5);
  const arrays: Partial<Record<StoredType, ArrayBufferView<ArrayBuffer>>> = {
    F32: Float32Array.from(numbers),
    F64: Float64Array.from(numbers),
    I64: BigInt64Array.from(numbers, (n) => BigInt(Math.floor(n))),
    I8: Int8Array.from(numbers),
    BOOL: Uint8Array.from(numbers, () => 1),
  };
  return { name, type, shape, bytes: new Uint8Array(arrays[type]!.buffer) };
}

/** The network's tensors under other names. */
function named(change: (name: string) => string): StoredTensor[] {
  return Object.entries(shapes).map(([name, shape]) => tensor(change(name), shape));
}

/** The weights that tensors become, and what is said. */
function fitted(tensors: readonly StoredTensor[], rename: NameMap = {}) {
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  const weights = fitWeights(tensors, shapes, "w.safetensors", { rename, onNote });
  return { weights, notes };
}

const plain = fitted(named((name) => name)).weights;

Deno.test("numbers of every floating-point type are PyTorch's own conversions, and it is said", async () => {
  const file = (name: string) => fileURLToPath(new URL(`./elsewhere/${name}`, import.meta.url));
  const { weights: expected } = await readSafetensors(file("expected.safetensors"));
  const shapes = Object.fromEntries(
    Object.entries(expected).map(([name, { shape }]) => [name, shape]),
  );
  const notes: string[] = [];
  const weights = await readWeights(file("types.safetensors"), { parameters: shapes }, {
    onNote: (note) => void notes.push(note),
  });
  for (const [name, { data }] of Object.entries(expected)) {
    assert.ok(data.length > 50, name);
    const bits = [weights[name]!.data, data].map(({ buffer }) => new Uint32Array(buffer));
    assert.deepEqual(bits[0], bits[1], name);
  }
  assert.deepEqual(notes, [
    "names begin with module., which is left out",
    "1 tensor that the network lacks, left out: module.bn.num_batches_tracked",
    "1 tensor of type F16 converted to float32, which changes no number",
    "1 tensor of type BF16 converted to float32, which changes no number",
    "1 tensor of type F64 rounded to float32, which keeps about 7 of their 16 digits",
  ]);
});

const prefixes = [
  "module.",
  "model.",
  "_orig_mod.",
  "net.",
  "backbone.",
  "module._orig_mod.",
  "a.b.c.",
];
for (const prefix of prefixes) {
  Deno.test(`names that all begin with ${prefix} are read without it, and it is said`, () => {
    const { weights, notes } = fitted(named((name) => prefix + name));
    assert.deepEqual(weights, plain);
    assert.deepEqual(notes, [`names begin with ${prefix}, which is left out`]);
  });
}

Deno.test("names as they are count, whatever else has them after a prefix", () => {
  const buffers = [tensor("module.fc1.steps", [], "I64")];
  const { weights, notes } = fitted([...named((name) => name), ...buffers]);
  assert.deepEqual(weights, plain);
  assert.deepEqual(notes, ["1 tensor that the network lacks, left out: module.fc1.steps"]);
});

Deno.test("tensors that no layer has are left out, whatever their type, and said by name and count", () => {
  const { weights, notes } = fitted([
    tensor("fc1.num_batches_tracked", [], "I64"),
    ...named((name) => name),
    tensor("total_ops", [1], "F64"),
    tensor("mask", [2, 2], "BOOL"),
  ]);
  assert.deepEqual(weights, plain);
  assert.deepEqual(notes, [
    "3 tensors that the network lacks, left out: fc1.num_batches_tracked, total_ops, mask",
  ]);
});

const maps: readonly (readonly [string, NameMap, (name: string) => string])[] = [
  [
    "tensors",
    { w: "fc1.weight", b: "fc1.bias", v: "fc2.weight" },
    (name) => ({ "fc1.weight": "w", "fc1.bias": "b", "fc2.weight": "v" })[name]!,
  ],
  [
    "modules",
    { "layers.0": "fc1", head: "fc2" },
    (name) => name.replace("fc1", "layers.0").replace("fc2", "head"),
  ],
  ["modules that go", { "student.net": "" }, (name) => `student.net.${name}`],
  [
    "a module and a tensor in it",
    { a: "fc1", "a.out": "fc2.weight" },
    (name) => name === "fc2.weight" ? "a.out" : name.replace("fc1", "a"),
  ],
  [
    "names that are exchanged",
    { fc1: "fc2", fc2: "fc1" },
    (name) => name.replace(/\d/, (digit) => `${3 - Number(digit)}`),
  ],
  [
    "names after a prefix",
    { "module.head": "module.fc2" },
    (name) => `module.${name.replace("fc2", "head")}`,
  ],
];
for (const [what, map, change] of maps) {
  Deno.test(`a map of ${what}`, () => {
    assert.deepEqual(fitted(named(change), map).weights, plain);
  });
}

Deno.test("constants may be missing, and count where they are there", () => {
  const constants = { "fc1.bias": { shape: [2], data: Float32Array.of(8, 9) } };
  const of = (tensors: readonly StoredTensor[]) => fitWeights(tensors, shapes, "w", { constants });
  const all = named((name) => `model.${name}`);
  assert.deepEqual(of(all), plain);
  assert.deepEqual(of(all.filter(({ name }) => name !== "model.fc1.bias")), {
    ...plain,
    ...constants,
  });
  assert.throws(() => of(all.slice(1)), isUserError(/expected a tensor model\.fc1\.weight/));
});

Deno.test("an empty name in a map does not take a tensor away", () => {
  const more = [...named((name) => name), tensor("fc3.bias", [1])];
  assert.throws(() => fitted(more, { "fc3.bias": "" }), isUserError(/a tensor fc3\.bias too$/));
});

Deno.test("a name of a map that nothing has is said", () => {
  const { notes } = fitted(named((name) => name), { fc: "fc1" });
  assert.deepEqual(notes, ["no tensor or module has the name fc"]);
});

const own = named((name) => name);
const refused: readonly (readonly [string, StoredTensor[], RegExp, NameMap?])[] = [
  [
    "a missing parameter, with names of its shape and the map that would do",
    [...named((name) => name.replace("fc1", "linear1")), tensor("x", [7])],
    /expected a tensor fc1\.weight of shape \[2, 3\], got linear1\.weight of that shape; a map of names helps, --rename linear1=fc1$/,
  ],
  [
    "a missing parameter after a prefix",
    named((name) => `module.${name.replace("fc2", "head")}`),
    /expected a tensor module\.fc2\.weight .*--rename module\.head=module\.fc2$/,
  ],
  [
    "a missing parameter of which nothing has the shape",
    own.slice(0, 2),
    /expected a tensor fc2\.weight of shape \[1, 2\], got fc1\.weight, fc1\.bias$/,
  ],
  ["no tensors", [], /expected a tensor fc1\.weight of shape \[2, 3\], got no tensors$/],
  [
    "names of which only some begin with a prefix",
    named((name) => name.replace("fc1", "module.fc1")),
    /expected a tensor module\.fc2\.weight/,
  ],
  [
    "a prefix without a dot",
    named((name) => `module${name}`),
    /expected a tensor fc1\.weight/,
  ],
  [
    "two sets of parameters",
    ["ema.", "model."].flatMap((prefix) => named((name) => prefix + name)),
    /expected every parameter once, got all of them after each of ema\., model\.$/,
  ],
  [
    "a layer that the network lacks",
    [...own, tensor("fc3.bias", [1])],
    /expected only fc1\.weight, fc1\.bias, fc2\.weight, got a tensor fc3\.bias too$/,
  ],
  [
    "statistics of a normalisation that the network lacks",
    [...own, tensor("bn1.running_mean", [2])],
    /got a tensor bn1\.running_mean too$/,
  ],
  [
    "whole numbers in place of a parameter",
    [...own.slice(1), tensor("fc1.weight", [2, 3], "I8")],
    /expected floating-point numbers in fc1\.weight \(F32, F16, BF16, F64\), got I8$/,
  ],
  [
    "another shape",
    [...own.slice(1), tensor("fc1.weight", [3, 2])],
    /expected fc1\.weight of shape \[2, 3\], got \[3, 2\]$/,
  ],
  [
    "two tensors of one name",
    [...own, tensor("other", [2])],
    /expected names that differ once they are mapped, got fc1\.bias of both fc1\.bias and other$/,
    { other: "fc1.bias" },
  ],
];
for (const [what, tensors, message, map] of refused) {
  Deno.test(`refused: ${what}`, () => {
    assert.throws(() => fitted(tensors, map), isUserError(/w\.safetensors: expected /));
    assert.throws(() => fitted(tensors, map), isUserError(message));
  });
}

const notFinite: readonly (readonly [StoredType, Uint8Array<ArrayBuffer>, RegExp])[] = [
  [
    "F64",
    new Uint8Array(Float64Array.of(1, -1e300).buffer),
    /finite numbers of 32 bits, at most 3\.4e38, got -1e\+300 in fc1\.bias$/,
  ],
  [
    "F64",
    new Uint8Array(Float64Array.of(1, Infinity).buffer),
    /finite numbers, got Infinity in fc1\.bias$/,
  ],
  ["F16", Uint8Array.of(0, 0, 0, 0x7c), /finite numbers, got Infinity in fc1\.bias$/],
  ["F16", Uint8Array.of(0, 0, 1, 0x7c), /finite numbers, got NaN in fc1\.bias$/],
  ["BF16", Uint8Array.of(0, 0, 0x80, 0xff), /finite numbers, got -Infinity in fc1\.bias$/],
  ["F32", new Uint8Array(Float32Array.of(1, NaN).buffer), /finite numbers, got NaN in fc1\.bias$/],
];
for (const [type, bytes, message] of notFinite) {
  Deno.test(`refused: ${type}, ${message.source}`, () => {
    const bias = { name: "fc1.bias", type, shape: [2], bytes };
    assert.throws(() => fitted([own[0]!, bias, own[2]!]), isUserError(message));
  });
}

Deno.test("a name of a million dots is looked at in no time", () => {
  const { notes } = fitted([...own, tensor("a.".repeat(1e6), [1])]);
  assert.match(notes[0]!, /^1 tensor that the network lacks, left out: a\.a\./);
});
