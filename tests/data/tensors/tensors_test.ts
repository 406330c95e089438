import assert from "node:assert/strict";
import { pictureShape } from "../../../lib/data/dataset.ts";
import { loadDataset } from "../../../lib/data/load.ts";
import { loadTensors, tensorsArePixels } from "../../../lib/data/tensors/tensors.ts";
import { withFolder } from "../idx/fixture.ts";
import { type FixtureTensor, smallTensors, tensorBytes } from "./fixture.ts";
import { isUserError } from "../user_error.ts";

type Tensors = Record<string, FixtureTensor>;

/** Loads a file of tensors. */
async function loaded(tensors: Tensors, options = {}) {
  let dataset: Awaited<ReturnType<typeof loadTensors>> | undefined;
  await withFolder(async (dir) => {
    await Deno.writeFile(`${dir}/data.safetensors`, tensorBytes(tensors));
    dataset = await loadTensors(`${dir}/data.safetensors`, options);
  });
  return dataset!;
}

/** Pictures of 2 x 3 grey pixels. */
const pictures: Tensors = {
  ...smallTensors(),
  x_train: {
    dtype: "U8",
    shape: [5, 1, 2, 3],
    values: Array.from({ length: 30 }, (_, i) => 8 * i),
  },
  x_test: { dtype: "U8", shape: [2, 1, 2, 3], values: [0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
};

Deno.test("float32 vectors are taken as they are, and are no pixels", async () => {
  const { train, test, inputShape, classes, scale, id, toPixels, ...others } = await loaded(
    smallTensors(),
  );
  assert.deepEqual([id, inputShape, classes, scale], ["tensors:data", [2], 3, undefined]);
  assert.deepEqual([...train.images], [0, 1, 2, 3, -4, 5, 0.5, 7, 8, 9]);
  assert.deepEqual([...train.labels], [0, 1, 2, 2, 0]);
  assert.deepEqual([[...test.images], [...test.labels]], [[1, -1, 2, -2.5], [2, 1]]);
  assert.deepEqual([...toPixels(test.images.slice(0, 2), "test", 0)], [1, -1]);
  assert.equal(pictureShape({ inputShape }), undefined);
  assert.match(others.checksum, /^[0-9a-f]{64}$/);
});

Deno.test("uint8 is pixels: as they are, or minus the training images' mean; their scale is that mean", async () => {
  const plain = await loaded(pictures, { pixels: true });
  const centred = await loaded(pictures);
  const { mean } = await plain.scale!();
  assert.deepEqual([...plain.test.images.subarray(0, 3)], [0, 255, 1]);
  assert.deepEqual([...mean!.data], [96, 104, 112, 120, 128, 136]);
  assert.deepEqual([...centred.test.images.subarray(0, 3)], [-96, 151, -111]);
  assert.deepEqual(
    [...centred.toPixels(centred.test.images.slice(0, 6), "test", 0)],
    [...plain.test.images.subarray(0, 6)],
  );
  assert.deepEqual(pictureShape(plain), [1, 2, 3]);
});

for (const dtype of ["I64", "I32", "U8"] as const) {
  Deno.test(`labels may be ${dtype}`, async () => {
    const tensors = smallTensors();
    const own = { y_train: { ...tensors.y_train!, dtype }, y_test: { ...tensors.y_test!, dtype } };
    const { train, test } = await loaded({ ...tensors, ...own });
    assert.deepEqual([[...train.labels], [...test.labels]], [[0, 1, 2, 2, 0], [2, 1]]);
  });
}

Deno.test("without x_train and y_train the training set is empty", async () => {
  const { x_test, y_test } = smallTensors();
  const { train, test, classes } = await loaded({ x_test: x_test!, y_test: y_test! });
  assert.deepEqual([train.count, test.count, classes], [0, 2, 3]);
});

Deno.test("tensors:FILE names the file on the command line", async () => {
  await withFolder(async (dir) => {
    await Deno.writeFile(`${dir}/own.bin`, tensorBytes(pictures));
    const { id } = await loadDataset(`tensors:${dir}/own.bin`);
    assert.equal(id, "tensors:own.bin");
    assert.equal(await tensorsArePixels(`${dir}/own.bin`), true);
  });
});

const shapes: readonly (readonly [readonly number[], boolean, number[] | undefined])[] = [
  [[1, 4, 5], true, [1, 4, 5]],
  [[3, 4, 5], true, [3, 4, 5]],
  [[4, 5], true, [1, 4, 5]],
  [[2, 4, 5], true, undefined],
  [[20], true, undefined],
  [[1, 1, 4, 5], true, undefined],
  [[3, 4, 5], false, undefined],
];

for (const [inputShape, isPixels, expected] of shapes) {
  Deno.test(`inputs [${inputShape}] of ${isPixels ? "pixels" : "numbers"} are ${expected ? "" : "no "}pictures`, () => {
    const scale = () => Promise.resolve({ name: "any" });
    assert.deepEqual(pictureShape({ inputShape, ...(isPixels ? { scale } : {}) }), expected);
  });
}

const changed = (changes: Partial<Record<string, Partial<FixtureTensor> | undefined>>): Tensors => {
  const tensors = smallTensors();
  const entries = Object.entries({ ...tensors, ...changes }).flatMap(([name, change]) =>
    change ? [[name, { ...tensors[name], ...change } as FixtureTensor] as const] : []
  );
  return Object.fromEntries(entries);
};

const refused: readonly (readonly [string, Tensors, RegExp])[] = [
  ["no x_test", changed({ x_test: undefined }), /x_train, y_train, x_test, y_test, got no x_test$/],
  ["no y_train", changed({ y_train: undefined }), /got no y_train$/],
  [
    "another tensor",
    changed({ z: { dtype: "F32", shape: [1], values: [1] } }),
    /expected the tensors x_train, .* only, got a tensor z$/,
  ],
  [
    "float64 inputs",
    changed({ x_test: { dtype: "F64" } }),
    /tensor x_test of type F32 or U8, got "F64"$/,
  ],
  [
    "real labels",
    changed({ y_test: { dtype: "F32" } }),
    /y_test of type I64 or I32 or U8, got "F32"/,
  ],
  [
    "inputs of one dimension",
    changed({ x_test: { shape: [4] }, y_test: { shape: [4], values: [0, 1, 2, 0] } }),
    /inputs \[N, ...\] in x_test, got \[4\]$/,
  ],
  [
    "inputs without numbers",
    changed({ x_test: { shape: [2, 0], values: [] } }),
    /inputs \[N, ...\] in x_test, got \[2, 0\]$/,
  ],
  [
    "no test inputs",
    changed({ x_test: { shape: [0, 2], values: [] }, y_test: { shape: [0], values: [] } }),
    /at least one input in x_test, got none$/,
  ],
  [
    "splits of two shapes",
    changed({ x_test: { shape: [1, 4] }, y_test: { shape: [1], values: [0] } }),
    /x_test of F32 \[N, 2\], as x_train is, got F32 \[N, 4\]$/,
  ],
  [
    "splits of two types",
    changed({ x_test: { dtype: "U8", values: [1, 2, 3, 4] } }),
    /x_test of F32 \[N, 2\], as x_train is, got U8 \[N, 2\]$/,
  ],
  [
    "labels in columns",
    changed({ y_test: { shape: [2, 1] } }),
    /labels \[N\] in y_test, got \[2, 1\]$/,
  ],
  [
    "another number of labels",
    changed({ y_train: { shape: [4], values: [0, 1, 2, 2] } }),
    /expected 5 labels, as many as there are inputs in x_train, got 4$/,
  ],
  [
    "a negative label",
    changed({ y_train: { values: [0, 1, -1, 2, 0] } }),
    /classes from 0 to 65534 in y_train, got -1 in row 2$/,
  ],
  [
    "a huge label",
    changed({ y_train: { values: [0, 1, 2 ** 40, 2, 0] } }),
    /in y_train, got 1099511627776 in row 2$/,
  ],
  [
    "a test label that is no class",
    changed({ y_test: { values: [2, 3] } }),
    /labels below 3 in y_test, the classes of y_train, got 3 in row 1$/,
  ],
  [
    "one class",
    changed({ y_train: { values: [0, 0, 0, 0, 0] }, y_test: { values: [0, 0] } }),
    /labels of at least 2 classes, got the class 0 only$/,
  ],
  [
    "NaN",
    changed({ x_train: { values: [0, 1, 2, 3, 4, NaN, 6, 7, 8, 9] } }),
    /images of finite numbers, got NaN in row 2 of x_train$/,
  ],
  [
    "infinity",
    changed({ x_test: { values: [0, 1, Infinity, 3] } }),
    /got Infinity in row 1 of x_test$/,
  ],
];

for (const [what, tensors, message] of refused) {
  Deno.test(`refused in one line: ${what}`, async () => {
    await assert.rejects(() => loaded(tensors), isUserError(message));
  });
}

Deno.test("a file that is not there, or a folder, is one line", async () => {
  await withFolder(async (dir) => {
    await assert.rejects(() => loadTensors(`${dir}/none`), isUserError(/none: .*there is none$/));
    await assert.rejects(() => loadTensors(dir), isUserError(/expected a readable file: /));
  });
});
