import onnxProto from "onnx-proto";
import assert from "node:assert/strict";
import type { NDArray } from "../../../lib/engine/nd_array.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { trainedNames } from "../../../lib/networks/network.ts";
import { type OnnxModel, readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/networks/onnx/write_onnx.ts";
import { assertClose } from "../../closeness.ts";
import { createEngines, numbers } from "../../engine/engines.ts";
import { byOnnxruntime, logitsOf } from "./check_op.ts";
import { encodeTiny, type TinyModel, type TinyNode, valuesOf, withTiny } from "./tiny_model.ts";

const { onnx } = onnxProto;

/** A convolution, the batch in a shape, two equal biases that are stored once, and a Softmax. */
const network: TinyModel = {
  inputShape: [2, 4, 4],
  nodes: [
    { op: "Identity", inputs: ["fc1.bias"], outputs: ["fc2.bias"] },
    { op: "Sub", inputs: ["x", "mean"] },
    { op: "Conv", inputs: ["v1", "conv.weight"] },
    { op: "Reshape", inputs: ["v2", "shape"] },
    { op: "Gemm", inputs: ["v3", "fc1.weight", "fc1.bias"] },
    { op: "Relu", inputs: ["v4"] },
    {
      op: "Constant",
      inputs: [],
      attributes: { value: { tensor: { shape: [4, 4] } } },
      outputs: ["fc2.weight"],
    },
    { op: "Gemm", inputs: ["v5", "fc2.weight", "fc2.bias"] },
    { op: "Softmax", inputs: ["v7"] },
  ],
  tensors: {
    mean: { shape: [1, 2, 1, 1] },
    "conv.weight": { shape: [3, 2, 3, 3] },
    shape: { integers: [0, -1] },
    "fc1.weight": { shape: [12, 4] },
    "fc1.bias": { shape: [4] },
  },
};

const frozen: TinyModel = {
  ...network,
  batch: 1,
  tensors: { ...network.tensors, shape: { integers: [1, 12] } },
};

/** Weights, each moved a little. */
function moved({ weights }: OnnxModel): Record<string, NDArray> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }], k) => [
      name,
      { shape, data: data.map((value, i) => value + 0.1 * Math.sin(i + k)) },
    ]),
  );
}

async function copyOf(bytes: Uint8Array): Promise<OnnxModel> {
  return await withTiny(bytes, (path) => readOnnx(path));
}

const read = (model: TinyModel) => copyOf(encodeTiny(model));

/** Everything of a file but the values of its tensors. */
function skeleton(bytes: Uint8Array) {
  const model = onnx.ModelProto.toObject(onnx.ModelProto.decode(bytes), { longs: Number });
  const bare = (tensor: object) => ({ ...tensor, rawData: undefined });
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      initializer: graph.initializer.map(bare),
      node: graph.node.map((node: { attribute?: { t?: object }[] }) => ({
        ...node,
        attribute: node.attribute?.map((one) => one.t ? { ...one, t: bare(one.t) } : one),
      })),
    },
  };
}

Deno.test("reading: names, what is trained and what is a buffer", async () => {
  const notes: string[] = [];
  const model = await withTiny(network, (path) => readOnnx(path, { onNote: (n) => notes.push(n) }));
  assert.deepEqual(trainedNames(model.network).toSorted(), [
    "conv.weight",
    "fc1.bias",
    "fc1.weight",
    "fc2.bias",
    "fc2.weight",
  ]);
  assert.deepEqual(model.network.buffers, ["mean"]);
  assert.equal(model.network.name, "tiny");
  assert.deepEqual(model.network.inputShape, [2, 4, 4]);
  assert.deepEqual(notes, ["the Softmax at the end, y, was removed: the network gives logits"]);
});

Deno.test("reading: a constant that is added to a product without a bias is a trained bias, others are buffers", async () => {
  const { network } = await read({
    inputShape: [5],
    nodes: [
      { op: "Mul", inputs: ["x", "scale"] },
      { op: "Add", inputs: ["v0", "shift"] },
      { op: "MatMul", inputs: ["v1", "W"] },
      { op: "Add", inputs: ["v2", "bias"] },
      { op: "Add", inputs: ["v3", "more"] },
    ],
    tensors: {
      scale: { shape: [5] },
      shift: { shape: [5] },
      W: { shape: [5, 4] },
      bias: { shape: [4] },
      more: { shape: [4] },
    },
  });
  assert.deepEqual(trainedNames(network), ["W", "bias"]);
  assert.deepEqual(network.buffers, ["scale", "shift", "more"]);
});

Deno.test("reading: names that a layer of the library's would have are the file's", async () => {
  // A Slice of two axes is two layers; the first is called as the first node.
  const { network, weights } = await read({
    inputShape: [3, 4, 4],
    nodes: [
      { op: "Tanh", inputs: ["x"], outputs: ["y.0"] },
      { op: "Slice", inputs: ["y.0", "from", "to", "axes"], outputs: ["y"] },
      { op: "Flatten", inputs: ["y"], outputs: ["z"] },
    ],
    tensors: {
      from: { integers: [0, 1] },
      to: { integers: [2, 3] },
      axes: { integers: [2, 3] },
    },
    outputs: ["z"],
  });
  assert.equal(network.classes, 12);
  assert.deepEqual(weights, {});
});

Deno.test("writing what was read gives the same bytes", async () => {
  const model = await read(network);
  assert.deepEqual(writeOnnx(model.original, model.weights), encodeTiny(network));
});

Deno.test("writing other weights changes the tensors and nothing else; an Identity becomes a tensor", async () => {
  const model = await read(network);
  const weights = moved(model);
  const bytes = writeOnnx(model.original, weights);
  const copy = await copyOf(bytes);
  assert.deepEqual(copy.weights, weights);
  const [before, after] = [skeleton(encodeTiny(network)), skeleton(bytes)];
  const [identity, ...others] = before.graph.node;
  assert.equal(identity.opType, "Identity");
  assert.deepEqual(after.graph.node, others);
  const [added, ...initializer] = after.graph.initializer;
  assert.deepEqual([added.name, added.dims, added.dataType], ["fc2.bias", [4], 1]);
  assert.deepEqual(initializer, before.graph.initializer);
  const rest = (file: typeof after) => ({
    ...file,
    graph: { ...file.graph, node: [], initializer: [] },
  });
  assert.deepEqual(rest(after), rest(before));
});

Deno.test("an Identity whose source changes while it does not becomes a tensor; one that changes alike stays", async () => {
  const model = await read(network);
  const other = { shape: [4], data: Float32Array.of(1, 2, 3, 4) };
  const apart = { ...model.weights, "fc1.bias": other };
  const alike = { ...apart, "fc2.bias": other };
  const copy = await copyOf(writeOnnx(model.original, apart));
  assert.deepEqual(copy.weights, apart);
  const bytes = writeOnnx(model.original, alike);
  assert.deepEqual((await copyOf(bytes)).weights, alike);
  assert.equal(skeleton(bytes).graph.node[0].opType, "Identity");
});

/** Nodes between a bias, A, and a copy of it, C. */
const copies: Record<string, readonly TinyNode[]> = {
  "an Identity": [{ op: "Identity", inputs: ["A"], outputs: ["C"] }],
  "two Identities": [
    { op: "Identity", inputs: ["A"], outputs: ["B"] },
    { op: "Identity", inputs: ["B"], outputs: ["C"] },
  ],
  "three Identities": [
    { op: "Identity", inputs: ["A"], outputs: ["B"] },
    { op: "Identity", inputs: ["B"], outputs: ["B2"] },
    { op: "Identity", inputs: ["B2"], outputs: ["C"] },
  ],
  "a Cast and an Identity": [
    { op: "Cast", inputs: ["A"], attributes: { to: 1 }, outputs: ["B"] },
    { op: "Identity", inputs: ["B"], outputs: ["C"] },
  ],
  "an Identity and a Cast": [
    { op: "Identity", inputs: ["A"], outputs: ["B"] },
    { op: "Cast", inputs: ["B"], attributes: { to: 1 }, outputs: ["B2"] },
    { op: "Identity", inputs: ["B2"], outputs: ["C"] },
  ],
};

for (const [name, nodes] of Object.entries(copies)) {
  Deno.test(`a copy by ${name}, its source, or both change: the written file gives the library's logits`, async () => {
    await using engines = await createEngines();
    const { network, weights, original } = await read({
      inputShape: [5],
      nodes: [
        ...nodes,
        { op: "Gemm", inputs: ["x", "W", "A"], outputs: ["middle"] },
        { op: "Tanh", inputs: ["middle"], outputs: ["curved"] },
        { op: "Gemm", inputs: ["curved", "W", "C"] },
      ],
      tensors: { W: { shape: [5, 5] }, A: { shape: [5] } },
    });
    const other = { shape: [5], data: numbers([5], "other") };
    const x = numbers([2, 5], "copies");
    for (const changed of [{ A: other }, { C: other }, { A: other, C: other }]) {
      const model = { network, weights: { ...weights, ...changed } };
      const written = await byOnnxruntime(writeOnnx(original, model.weights), x, [5]);
      assertClose(written, await logitsOf(engines.tested, model, x));
    }
  });
}

for (
  const [what, cast, type] of [
    ["an Identity of a float16 tensor", [], 10],
    ["an Identity of a Cast to float32", [{ op: "Cast", attributes: { to: 1 } }], 1],
  ] as const
) {
  Deno.test(`${what} becomes a tensor of the type that it has in the file`, async () => {
    const { weights, original } = await read({
      inputShape: [5],
      inputType: 10,
      nodes: [
        ...cast.map((own) => ({ ...own, inputs: ["A"], outputs: ["B"] })),
        { op: "Identity", inputs: [cast.length > 0 ? "B" : "A"], outputs: ["C"] },
        { op: "Gemm", inputs: ["x", "W", "A"], outputs: ["middle"] },
        { op: "Gemm", inputs: ["middle", "W", "C"] },
      ],
      tensors: { W: { shape: [5, 5], type: 10 }, A: { shape: [5], type: 10 } },
    });
    const bytes = writeOnnx(original, { ...weights, C: { shape: [5], data: new Float32Array(5) } });
    const tensors = onnx.ModelProto.decode(bytes).graph!.initializer!;
    assert.equal(tensors.find(({ name }) => name === "C")!.dataType, type);
  });
}

Deno.test("a shape that is stored beside the file is freed, and moves into it", async () => {
  const file: TinyModel = {
    inputShape: [2, 3, 1],
    batch: 1,
    nodes: [
      { op: "Reshape", inputs: ["x", "shape"], outputs: ["flat"] },
      { op: "MatMul", inputs: ["flat", "W"] },
    ],
    tensors: { shape: { integers: [1, 6] }, W: { shape: [6, 4] } },
  };
  const model = onnx.ModelProto.decode(encodeTiny(file));
  const shape = model.graph!.initializer!.find(({ name }) => name === "shape")!;
  const beside = shape.rawData;
  Object.assign(shape, {
    rawData: new Uint8Array(),
    dataLocation: 1,
    externalData: [{ key: "location", value: "shape.bin" }],
  });
  const bytes = new Uint8Array(onnx.ModelProto.encode(model).finish());
  const { original, weights, network } = await withTiny(bytes, async (path) => {
    await Deno.writeFile(path.replace("tiny.onnx", "shape.bin"), new Uint8Array(beside!));
    return await readOnnx(path);
  });
  await using engines = await createEngines();
  const x = numbers([3, 2, 3, 1], "beside");
  const written = await byOnnxruntime(writeOnnx(original, weights), x, [2, 3, 1]);
  assertClose(written, await logitsOf(engines.tested, { network, weights }, x));
});

/** The same with whole numbers for names, as older versions of torch.onnx give: an object has them in an order of its own. */
const numbered: TinyModel = {
  ...network,
  nodes: network.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(number),
    ...(node.outputs ? { outputs: node.outputs.map(number) } : {}),
  })).map((node, i) => ({ ...node, outputs: node.outputs ?? [number(`v${i}`)] })),
  tensors: Object.fromEntries(
    Object.entries(network.tensors!).map(([name, tensor]) => [number(name), tensor]),
  ),
  outputs: [number("v8")],
};

/** The number that a name of the network becomes: later nodes have smaller ones. */
function number(name: string): string {
  if (name === "x") return name;
  const tensors = [
    "mean",
    "conv.weight",
    "shape",
    "fc1.weight",
    "fc1.bias",
    "fc2.weight",
    "fc2.bias",
  ];
  const place = tensors.indexOf(name);
  return `${place < 0 ? 20 - Number(name.slice(1)) : 40 - place}`;
}

const written = { "a free batch": network, "a batch of 1": frozen, "names of numbers": numbered };

for (const [name, file] of Object.entries(written)) {
  Deno.test(`the written file of ${name} gives the library's logits for any batch, a Softmax after them`, async () => {
    await using engines = await createEngines();
    const model = await read(file);
    const weights = moved(model);
    const x = numbers([3, 2, 4, 4], "batch");
    const bytes = writeOnnx(model.original, weights);
    const probabilities = await byOnnxruntime(bytes, x, [2, 4, 4]);
    const logits = await logitsOf(engines.tested, { network: model.network, weights }, x);
    const softmax = [0, 1, 2].flatMap((row) => {
      const own = [...logits.slice(4 * row, 4 * row + 4)];
      const exponents = own.map((logit) => Math.exp(logit - Math.max(...own)));
      return exponents.map((value) => value / exponents.reduce((a, b) => a + b));
    });
    assertClose(probabilities, softmax);
  });
}

/** A file of two samples: a Slice of all of them, up to a number. */
function slicing(end: number): TinyModel {
  return {
    inputShape: [5],
    batch: 2,
    nodes: [
      { op: "Slice", inputs: ["x", "from", "to"] },
      { op: "Tanh", inputs: ["v0"] },
    ],
    tensors: { from: { integers: [0, 1] }, to: { integers: [end, 5] } },
  };
}

/** Ends of such a Slice, and whether the batch is freed. */
const ends = [[2 ** 31 - 1, true], [2, false], [1000, false]] as const;

for (const [end, isFreed] of ends) {
  Deno.test(`a Slice of a fixed batch up to ${end}: the batch is ${isFreed ? "freed" : "kept"}, the written file gives the library's logits`, async () => {
    await using engines = await createEngines();
    const { network, weights, original } = await read(slicing(end));
    const bytes = writeOnnx(original, weights);
    assert.equal((await copyOf(bytes)).original.frozenBatch, isFreed ? undefined : 2);
    const x = numbers([isFreed ? 3 : 2, 5], "slices");
    const logits = await logitsOf(engines.tested, { network, weights }, x);
    assertClose(await byOnnxruntime(bytes, x, [5]), logits);
  });
}

/** A file of one sample: a Reshape to a shape that holds the batch, other nodes, and a Flatten. */
function holding(
  integers: readonly number[],
  attributes: NonNullable<TinyNode["attributes"]>,
  others: readonly TinyNode[] = [],
): TinyModel {
  return {
    opset: 18,
    inputShape: [1, 2, 3],
    batch: 1,
    nodes: [
      { op: "Reshape", inputs: ["x", "shape"], attributes },
      ...others,
      { op: "Flatten", inputs: [`v${others.length}`] },
    ],
    tensors: { shape: { integers }, t: { shape: [6] } },
  };
}

/** Such files by the shape's readers, and whether its batch is freed. */
const shapes = {
  "a Reshape": { isFreed: true, model: holding([1, 2, 3], {}) },
  "a Reshape with allowzero": { isFreed: true, model: holding([1, 2, 3], { allowzero: 1 }) },
  "a Reshape with allowzero, and with -1": {
    isFreed: true,
    model: holding([1, 2, -1], { allowzero: 1 }),
  },
  "a Reshape with -1 beside it": { isFreed: true, model: holding([1, -1], {}) },
  "a Reshape with 1 and -1 beside it": { isFreed: true, model: holding([1, 1, -1], {}) },
  "the Reshapes of two values": {
    isFreed: true,
    model: holding([1, 2, 3], {}, [
      { op: "Tanh", inputs: ["x"] },
      { op: "Reshape", inputs: ["v1", "shape"], attributes: { allowzero: 1 } },
      { op: "Mul", inputs: ["v0", "v2"] },
    ]),
  },
  "the Reshapes of a value and of a constant": {
    isFreed: false,
    model: holding([1, 2, 3], {}, [
      { op: "Reshape", inputs: ["t", "shape"] },
      { op: "Add", inputs: ["v0", "v1"] },
    ]),
  },
  "a Reshape and arithmetic": {
    isFreed: false,
    model: holding([1, 2, 3], {}, [
      { op: "Cast", inputs: ["shape"], attributes: { to: 1 } },
      { op: "Add", inputs: ["v0", "v1"] },
    ]),
  },
};

for (const [name, { isFreed, model }] of Object.entries(shapes)) {
  const outcome = isFreed ? "freed" : "kept";
  Deno.test(`the batch in a shape for ${name} is ${outcome}: the written file gives the library's logits`, async () => {
    await using engines = await createEngines();
    const { network, weights, original } = await read(model);
    const bytes = writeOnnx(original, weights);
    assert.equal((await copyOf(bytes)).original.frozenBatch, isFreed ? undefined : 1);
    for (const samples of isFreed ? [1, 3] : [1]) {
      const x = numbers([samples, 1, 2, 3], "shapes");
      const logits = await logitsOf(engines.tested, { network, weights }, x);
      assertClose(await byOnnxruntime(bytes, x, [1, 2, 3]), logits);
    }
  });
}

Deno.test("fields that this version of the format does not know are kept, in the model and in its graph", async () => {
  const field = Uint8Array.of(0x9a, 0x7d, 3, 1, 2, 3); // Number 2003, three bytes.
  const bytes = encodeTiny(network);
  const parts = onnx.ModelProto.decode(bytes);
  const graph = onnx.GraphProto.encode(parts.graph!).finish();
  const without = onnx.ModelProto.encode({ ...parts, graph: null }).finish();
  const length = graph.length + field.length;
  const whole = Uint8Array.of(
    ...without,
    0x3a,
    length % 128 + 128,
    Math.floor(length / 128),
    ...graph,
    ...field,
    ...field,
  );
  const model = await copyOf(whole);
  assert.deepEqual(writeOnnx(model.original, model.weights), whole);
  const written = writeOnnx(model.original, moved(model));
  const find = (at: number) =>
    written.findIndex((_, i) => i >= at && field.every((byte, j) => written[i + j] === byte));
  assert.ok(find(0) > 0 && find(find(0) + 1) > 0);
});

for (const [type, name] of [[10, "float16"], [11, "double"]] as const) {
  Deno.test(`tensors of type ${name} are converted, which is said, and written as what they were`, async () => {
    const file: TinyModel = {
      inputShape: [5],
      nodes: [{ op: "Cast", inputs: ["W"], attributes: { to: 1 } }, {
        op: "MatMul",
        inputs: ["x", "v0"],
      }],
      tensors: { W: { shape: [5, 4], type } },
    };
    const notes: string[] = [];
    const model = await withTiny(file, (path) => readOnnx(path, { onNote: (n) => notes.push(n) }));
    assert.deepEqual(notes, [`1 tensors of type ${name} were converted to float32`]);
    const values = valuesOf("W", { shape: [5, 4] });
    assertClose(model.weights.W!.data, values, { relative: 1e-3 });
    const weights = moved(model);
    const copy = await copyOf(writeOnnx(model.original, weights));
    assertClose(copy.weights.W!.data, weights.W!.data, { relative: type === 10 ? 1e-3 : 0 });
  });
}

Deno.test("tensors beside the file are read, and move into the file that is written", async () => {
  const inside: TinyModel = {
    inputShape: [5],
    nodes: [{ op: "MatMul", inputs: ["x", "W"] }],
    tensors: { W: { shape: [5, 4] } },
  };
  const external = { location: "weights.bin", offset: 8 };
  const beside = { ...inside, tensors: { W: { shape: [5, 4], external } } };
  const model = await withTiny(beside, async (path) => {
    const data = new Float32Array([0, 0, ...valuesOf("W", { shape: [5, 4] })]);
    await Deno.writeFile(path.replace("tiny.onnx", "weights.bin"), new Uint8Array(data.buffer));
    return await readOnnx(path);
  });
  const copy = await copyOf(writeOnnx(model.original, model.weights));
  assert.deepEqual(copy.weights, (await read(inside)).weights);
  const other = moved(model);
  assert.deepEqual((await copyOf(writeOnnx(model.original, other))).weights, other);
});

Deno.test("writing refuses weights of other shapes, not finite, or without a place in the file", async () => {
  const file: TinyModel = {
    inputShape: [2],
    nodes: [
      { op: "Cast", inputs: ["two"], attributes: { to: 1 } },
      { op: "Mul", inputs: ["x", "v0"] },
    ],
    tensors: { two: { integers: [2], shape: [] } },
  };
  const { original, weights } = await read(file);
  const [name = ""] = Object.keys(weights);
  const withData = (shape: number[], ...data: number[]) => () =>
    writeOnnx(original, { [name]: { shape, data: Float32Array.from(data) } });
  assert.deepEqual(writeOnnx(original, weights), encodeTiny(file));
  const cases = [
    [withData([1], 2), /expected y input 1 of shape \[\], got \[1\]/],
    [withData([], NaN), /expected weights of finite numbers, got NaN in y input 1/],
    [withData([], 3), /expected y input 1 as it was read, since no tensor of the file holds it/],
  ] as const;
  for (const [write, message] of cases) {
    assert.throws(write, (error) => error instanceof UserError && message.test(error.message));
  }
});
