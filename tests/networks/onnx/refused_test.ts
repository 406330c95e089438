import assert from "node:assert/strict";
import onnxProto, { type onnx } from "onnx-proto";
import { UserError } from "../../../lib/engine/user_error.ts";
import { readOnnx, type ReadOnnxOptions } from "../../../lib/networks/onnx/read_onnx.ts";
import { encodeTiny, type Tensor, type TinyModel, type TinyNode, withTiny } from "./tiny_model.ts";

interface Refused {
  readonly model: TinyModel | Uint8Array;
  readonly message: RegExp;
  readonly options?: ReadOnnxOptions;
}

const image = [3, 6, 5];
const ints = (...integers: number[]): Tensor => ({ integers });
/** The end of a Slice that files write for all: INT32_MAX. */
const toTheEnd = 2 ** 31 - 1;
const w = (...shape: number[]): Tensor => ({ shape });

/** A model whose one node, called "here", cannot be taken. */
function node(
  op: string,
  inputs: readonly string[],
  tensors: Readonly<Record<string, Tensor>>,
  attributes: NonNullable<TinyNode["attributes"]>,
  message: RegExp,
  { inputShape = image, ...more }: Partial<TinyModel> & { domain?: string } = {},
): Refused {
  const { domain = "", ...model } = more;
  const nodes = [{ op, inputs, attributes, name: "here", domain }];
  const start = `reading \\S+tiny\\.onnx: the node here \\(${
    domain ? `${domain}.` : ""
  }${op}\\) cannot be taken: .*`;
  return {
    model: { inputShape, nodes, tensors, ...model },
    message: new RegExp(start + message.source),
  };
}

/** A model that multiplies its input with a function of the number of samples. */
function samplesAsFactor(ops: readonly string[]): Refused {
  const before = ["Shape", "Gather", "Cast", ...ops];
  return {
    model: {
      inputShape: [5],
      nodes: [
        { op: "Shape", inputs: ["x"] },
        { op: "Gather", inputs: ["v0", "first"] },
        { op: "Cast", inputs: ["v1"], attributes: { to: 1 } },
        ...ops.map((op, i) => ({ op, inputs: [`v${i + 2}`] })),
        { op: "Mul", inputs: ["x", `v${before.length - 1}`], name: "here" },
      ],
      tensors: { first: { integers: [0], shape: [] } },
    },
    message: /the node here \(Mul\) cannot be taken: its input 1 is a number of samples/,
  };
}

/** Reductions that name no axes: they work along all. */
function reductionsOfAll(op: string): [string, Refused][] {
  const refused = (inputs: string[], attributes: { axes?: number[] }, opset: number) =>
    node(op, inputs, { axes: ints() }, attributes, /works along axis 0, the batch/, { opset });
  return [
    [`a ${op} without axes`, refused(["x"], {}, 18)],
    [`a ${op} of an empty list of axes`, refused(["x", "axes"], {}, 18)],
    [`a ${op} of an empty attribute axes`, refused(["x"], { axes: [] }, 11)],
  ];
}

const reductions = [
  "ReduceMean",
  "ReduceSum",
  "ReduceMax",
  "ReduceMin",
  "ReduceL1",
  "ReduceL2",
  "ReduceSumSquare",
  "ReduceLogSumExp",
];

/** A Slice of axis 0, the batch. */
function ofSamples(
  start: number,
  end: number,
  { step = 1, ...more }: { step?: number; batch?: number } = {},
): Refused {
  const tensors = { from: ints(start), to: ints(end), axes: ints(0), steps: ints(step) };
  return node(
    "Slice",
    ["x", ...Object.keys(tensors)],
    tensors,
    {},
    /along axis 0, the batch/,
    more,
  );
}

const whole = encodeTiny({
  inputShape: [5],
  nodes: [{ op: "MatMul", inputs: ["x", "W"] }],
  tensors: { W: w(5, 4) },
});
/** The same model, changed in a way that no exporter would. */
function repeated(change: (graph: onnx.GraphProto) => unknown): Uint8Array {
  const model = onnxProto.onnx.ModelProto.decode(whole);
  change(model.graph as onnx.GraphProto);
  return new Uint8Array(onnxProto.onnx.ModelProto.encode(model).finish());
}
const text = (words: string) => new TextEncoder().encode(words);
const huge = () => {
  const bytes = whole.slice();
  const at = bytes.findIndex((byte, i) => byte === 0x3a && i > 10); // The graph's tag, then its length.
  bytes.set([0xff, 0xff, 0xff, 0xff, 0x0f], at + 1);
  return bytes;
};

const files: Record<string, Refused> = {
  "an empty file": {
    model: new Uint8Array(),
    message: /expected an ONNX model, got an empty file/,
  },
  "text": { model: text("not a model at all"), message: /expected an ONNX model/ },
  "JSON": { model: text('{"ir_version": 8}'), message: /expected an ONNX model/ },
  "a Git LFS pointer": {
    model: text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n"),
    message: /got a Git LFS pointer: `git lfs pull` fetches the file itself/,
  },
  "a truncated file": { model: whole.slice(0, 100), message: /an ONNX model, got .*truncated/ },
  "a huge length": { model: huge(), message: /an ONNX model, got .*truncated/ },
  "opset 6": {
    model: { opset: 6, inputShape: [5], nodes: [{ op: "Relu", inputs: ["x"] }] },
    message: /the operators of opset 7 to 21, got 6: export it again with another opset_version/,
  },
  "a tensor without numbers": {
    model: {
      inputShape: [5],
      nodes: [{ op: "MatMul", inputs: ["x", "W"] }],
      tensors: { W: { shape: [5, 4], external: { location: "weights.bin", offset: 0 } } },
    },
    message: /expected its tensors in the file weights.bin beside it, got none/,
  },
  "a tensor above the folder": {
    model: {
      inputShape: [5],
      nodes: [{ op: "MatMul", inputs: ["x", "W"] }],
      tensors: { W: { shape: [5, 4], external: { location: "../weights.bin", offset: 0 } } },
    },
    message: /expected names of files beside the model for its tensors, got \.\.\/weights\.bin/,
  },
  "a number that is not finite": {
    model: {
      inputShape: [2],
      nodes: [{ op: "MatMul", inputs: ["x", "W"] }],
      tensors: { W: { shape: [2, 2], values: [1, NaN, 0, 2] } },
    },
    message: /expected weights of finite numbers, got NaN in W/,
  },
  "an input of three axes": {
    model: { inputShape: [5, 5], nodes: [{ op: "Flatten", inputs: ["x"] }] },
    message: /images, \[N, C, H, W\], or vectors, \[N, D\], as the input x, got float \[n, 5, 5\]/,
  },
  "an input of whole numbers": {
    model: { inputShape: [5], nodes: [{ op: "Identity", inputs: ["x"] }], inputType: 7 },
    message: /as the input x, got int64 \[n, 5\]/,
  },
  "an open shape": {
    model: { inputShape: [3, 0, 0], nodes: [{ op: "GlobalAveragePool", inputs: ["x"] }] },
    message: /an input of known shape, or the option inputShape, got \[n, 3, \?, \?\]/,
  },
  "an input of another shape than was asked for": {
    model: { inputShape: [5], nodes: [{ op: "Identity", inputs: ["x"] }] },
    options: { inputShape: [6] },
    message: /expected an input of shape \[N, 6\], got \[n, 5\]/,
  },
  "two outputs": {
    model: { inputShape: [5], nodes: [{ op: "Relu", inputs: ["x"] }], outputs: ["y", "x"] },
    message: /expected one output, or the option output to name one, got y, x/,
  },
  "an output that there is not": {
    model: { inputShape: [5], nodes: [{ op: "Relu", inputs: ["x"] }] },
    options: { output: "z" },
    message: /expected an output called z, got y/,
  },
  "two tensors of one name": {
    model: repeated((graph) => graph.initializer.push({ ...graph.initializer[0]! })),
    message: /expected every name once, got W twice/,
  },
  "two nodes that make one value": {
    model: repeated((graph) => graph.node.push({ ...graph.node[0]! })),
    message: /expected every name once, got y twice/,
  },
  "a node that makes a tensor of the file": {
    model: repeated((graph) => graph.node[0]!.output = ["W"]),
    message: /expected every name once, got W twice/,
  },
  "an attribute twice": {
    model: repeated((graph) =>
      graph.node[0]!.attribute = [{ name: "alpha", type: 1, f: 2 }, {
        name: "alpha",
        type: 1,
        f: 3,
      }]
    ),
    message: /it has an attribute twice/,
  },
  "an image at the end": {
    model: { inputShape: image, nodes: [{ op: "Relu", inputs: ["x"] }] },
    message: /expected logits, \[N, classes\], as the output y, got \[N, 3, 6, 5\]/,
  },
  "one output for two classes": {
    model: {
      inputShape: [3],
      nodes: [
        { op: "MatMul", inputs: ["x", "w"] },
        { op: "Sigmoid", inputs: ["v0"], outputs: ["y"] },
      ],
      tensors: { w: { shape: [3, 1] } },
    },
    message:
      /as the output y, got \[N, 1\]; a network with one output z for two classes says the same/,
  },
};

const nodes: Record<string, Refused> = {
  "an operator without a layer": node(
    "CumSum",
    ["x"],
    {},
    {},
    /there is no layer for CumSum; lib\/README.md lists the operators that are read/,
  ),
  "an operator called like a method of objects": node(
    "constructor",
    ["x"],
    {},
    {},
    /there is no layer for constructor; lib\/README.md/,
  ),
  "ArgMax": node(
    "ArgMax",
    ["x"],
    {},
    {},
    /no layer for ArgMax; export the network up to its logits/,
  ),
  "a quantised model": node(
    "QuantizeLinear",
    ["x"],
    {},
    {},
    /export the model before it is quantised/,
  ),
  "another runtime's operator": node(
    "FusedConv",
    ["x"],
    {},
    {},
    /no layer for com.microsoft.FusedConv; only the standard/,
    {
      domain: "com.microsoft",
    },
  ),
  "a branch": node(
    "If",
    ["yes"],
    { yes: ints(1) },
    {},
    /no layer for If; export it for one shape of input, without branches/,
  ),
  "quantised weights": node(
    "DequantizeLinear",
    ["W", "scale"],
    { W: ints(1, 2), scale: w(1) },
    {},
    /no layer for DequantizeLinear; export the model before it is quantised/,
  ),
  "a whole number where a real one is due": node(
    "LeakyRelu",
    ["x"],
    {},
    { alpha: 1 },
    /expected alpha of type FLOAT, got INT/,
  ),
  "a real number where a whole one is due": node(
    "Flatten",
    ["x"],
    {},
    { axis: { float: 1.5 } },
    /expected axis of type INT, got FLOAT/,
  ),
  "bounds of a Clip that are exchanged": node(
    "Clip",
    ["x", "low", "high"],
    { low: { shape: [], values: [2] }, high: { shape: [], values: [1] } },
    {},
    /expected low <= high, got 2 and 1/,
  ),
  "a Celu without a slope": node("Celu", ["x"], {}, { alpha: { float: 0 } }, /other than 0/),
  "a Constant without a value": {
    model: {
      inputShape: [5],
      nodes: [{ op: "Constant", inputs: [], name: "here" }, { op: "Add", inputs: ["x", "v0"] }],
    },
    message: /the node here \(Constant\) cannot be taken: it has no value that is read/,
  },
  ...Object.fromEntries(
    [[], ["Sqrt"], ["Sqrt", "Neg"]].map((ops) => [
      `the number of samples as a factor ${ops}`,
      samplesAsFactor(ops),
    ]),
  ),
  "an attribute that is not known": node(
    "Relu",
    ["x"],
    {},
    { alpha: 1 },
    /expected no attributes, got alpha/,
  ),
  "another attribute": node(
    "LeakyRelu",
    ["x"],
    {},
    { beta: 1 },
    /no attributes but alpha, got beta/,
  ),
  "an input that nothing makes": node(
    "Relu",
    ["z"],
    {},
    {},
    /it reads z, which no node before it makes/,
  ),
  "a Conv of vectors": node(
    "Conv",
    ["x", "W"],
    { W: w(2, 5, 1, 1) },
    {},
    /expected images, \[N, C, H, W\], got \[N, 5\]/,
    {
      inputShape: [5],
    },
  ),
  "a Conv of other channels": node(
    "Conv",
    ["x", "W"],
    { W: w(2, 4, 3, 3) },
    {},
    /expected a tensor weight of shape \[2,3,3,3\], got W of shape \[2,4,3,3\]/,
  ),
  "a Conv with weights from the input": node(
    "Conv",
    ["x", "x"],
    {},
    {},
    /expected input 1 to be a tensor of the file, got one that depends on the network's input/,
  ),
  "a Conv with a strange auto_pad": node("Conv", ["x", "W"], { W: w(2, 3, 3, 3) }, {
    auto_pad: "SOME",
  }, /expected NOTSET, VALID, SAME_UPPER or SAME_LOWER as auto_pad, got SOME/),
  "a Gemm that exchanges samples": node(
    "Gemm",
    ["x", "W"],
    { W: w(5, 4) },
    { transA: 1 },
    /transA exchanges the samples/,
    { inputShape: [5] },
  ),
  "a MatMul of images by a weight of other rows": node(
    "MatMul",
    ["x", "W"],
    { W: w(4, 5) },
    {},
    /expected a tensor weight of shape \[5,5\], got W of shape \[4,5\]/,
  ),
  "a MatMul of two values that do not fit": node(
    "MatMul",
    ["x", "x"],
    {},
    {},
    /expected \[..., rows, inner\] and \[..., inner, columns\], got \[3,6,5\], \[3,6,5\]/,
  ),
  "a MatMul of two values along the batch": node(
    "MatMul",
    ["x", "x"],
    {},
    {},
    /it works along the batch of \[N, 5\]/,
    { inputShape: [5] },
  ),
  "a MaxPool with dilations": node("MaxPool", ["x"], {}, {
    kernel_shape: [2, 2],
    dilations: [2, 2],
  }, /windows without dilations, got \[2,2\]/),
  "a mean over the batch": node(
    "ReduceMean",
    ["x"],
    {},
    { axes: [0] },
    /works along axis 0, the batch: samples must stay apart/,
  ),
  ...Object.fromEntries(reductions.flatMap(reductionsOfAll)),
  "a ReduceSum without axes of a value whose batch is not in front": {
    model: {
      inputShape: [5],
      nodes: [
        { op: "Transpose", inputs: ["x"], attributes: { perm: [1, 0] } },
        { op: "ReduceSum", inputs: ["v0"], name: "here" },
        { op: "Transpose", inputs: ["v1"], attributes: { perm: [1, 0] } },
      ],
    },
    message: /the node here \(ReduceSum\) .* it works along axis 1, the batch/,
  },
  "a Concat along the batch": node(
    "Concat",
    ["x", "x"],
    {},
    { axis: 0 },
    /works along axis 0, the batch/,
  ),
  "a layer of images whose batch is not in front": {
    model: {
      inputShape: image,
      nodes: [
        { op: "Transpose", inputs: ["x"], attributes: { perm: [1, 0, 2, 3] } },
        { op: "GlobalAveragePool", inputs: ["v0"], name: "here" },
      ],
    },
    message:
      /the node here \(GlobalAveragePool\) .* expected input 0 with the batch as axis 0, \[N, ...\], got \[3, N, 6, 5\]/,
  },
  "logits whose batch is not in front": {
    model: {
      inputShape: [5],
      nodes: [{ op: "Transpose", inputs: ["x"], attributes: { perm: [1, 0] } }],
    },
    message: /expected logits, \[N, classes\], as the output y, got \[5, N\]/,
  },
  "a sum of values whose batch is elsewhere": {
    model: {
      inputShape: [5, 5, 5],
      nodes: [
        { op: "Transpose", inputs: ["x"], attributes: { perm: [1, 0, 2, 3] } },
        { op: "Add", inputs: ["x", "v0"], name: "here" },
      ],
    },
    message: /values with the batch along the same axis, got \[N, 5, 5, 5\] and \[5, N, 5, 5\]/,
  },
  "a mean over samples and their parts": {
    model: {
      inputShape: image,
      nodes: [
        { op: "Reshape", inputs: ["x", "shape"] },
        { op: "ReduceMean", inputs: ["v0"], attributes: { axes: [0] }, name: "here" },
      ],
      tensors: { shape: ints(-1, 5) },
    },
    message: /it works along axis 0, the batch: samples must stay apart/,
  },
  "a Where whose condition depends on the input": node(
    "Where",
    ["x", "x", "x"],
    {},
    {},
    /its condition depends on the network's input/,
  ),
  "a Flatten from axis 2": node(
    "Flatten",
    ["x"],
    {},
    { axis: 2 },
    /axis 2 puts numbers of a sample beside the batch: expected axis 1/,
  ),
  "a Reshape that mixes samples": node(
    "Reshape",
    ["x", "shape"],
    { shape: ints(4, -1) },
    {},
    /it mixes samples, .* expected a shape \[N, ...\] of 90 numbers each, got \[4, -1\] from \[N, 3, 6, 5\]/,
  ),
  "a Slice without the first sample": ofSamples(1, toTheEnd),
  "a Slice without the last sample": ofSamples(0, -1),
  "a Slice of the last sample": ofSamples(-1, toTheEnd),
  "a Slice of some samples": ofSamples(0, 1e9),
  "a Slice of every second sample": ofSamples(0, toTheEnd, { step: 2 }),
  "a Slice of the samples backwards": ofSamples(-1, -toTheEnd, { step: -1 }),
  "a Slice without the last sample of a fixed batch": ofSamples(0, 3, { batch: 4 }),
  "a Slice without the last sample of a fixed batch, from the end": ofSamples(0, -1, { batch: 4 }),
  "a Slice without the last sample of a fixed batch, by their number": {
    model: {
      inputShape: [5],
      batch: 4,
      nodes: [
        { op: "Shape", inputs: ["x"] },
        { op: "Sub", inputs: ["v0", "one"] },
        { op: "Slice", inputs: ["x", "from", "v1"], name: "here" },
      ],
      tensors: { one: ints(1, 0), from: ints(0, 0) },
    },
    message: /the node here \(Slice\) .* it works along axis 0, the batch/,
  },
  "a Slice of samples beside others": {
    model: {
      inputShape: image,
      nodes: [
        { op: "Reshape", inputs: ["x", "rows"] },
        { op: "Slice", inputs: ["v0", "from", "to"], name: "here" },
      ],
      tensors: { rows: ints(-1, 5), from: ints(0), to: ints(-1) },
    },
    message: /the node here \(Slice\) .* it works along axis 0, the batch/,
  },
  "a Softmax over the batch": node(
    "Softmax",
    ["x"],
    {},
    { axis: 0 },
    /it works along axis 0, the batch: samples must stay apart/,
  ),
  "a Cast to whole numbers": node(
    "Cast",
    ["x"],
    {},
    { to: 7 },
    /it rounds to int64, which has no gradient/,
  ),
  "a Pad that reflects": node("Pad", ["x", "p"], { p: ints(0, 0, 1, 1, 0, 0, 1, 1) }, {
    mode: "reflect",
  }, /expected padding with a constant, got mode reflect/),
  "a Pad of the batch": node(
    "Pad",
    ["x", "p"],
    { p: ints(1, 0, 1, 1, 0, 0, 1, 1) },
    {},
    /it pads axis 0, the batch/,
  ),
  "values with other axes": {
    model: {
      inputShape: image,
      nodes: [
        { op: "ReduceMean", inputs: ["x"], attributes: { axes: [2, 3], keepdims: 0 } },
        { op: "Add", inputs: ["x", "v0"], name: "here" },
      ],
    },
    message:
      /expected values with as many axes, got \[N, 3, 6, 5\] and \[N, 3\]: samples would meet other samples/,
  },
  "a constant with a batch": node(
    "Add",
    ["x", "c"],
    { c: w(2, 3, 6, 5) },
    {},
    /a constant that is the same for every sample, got c of shape \[2,3,6,5\] beside \[N, 3, 6, 5\]/,
  ),
  "a batch normalisation in training": node(
    "BatchNormalization",
    ["x", "s", "b", "m", "v"],
    { s: w(3), b: w(3), m: w(3), v: w(3) },
    { training_mode: 1 },
    /it is in training mode: export in evaluation mode/,
    { opset: 14 },
  ),
  "a size of LRN that is even": node(
    "LRN",
    ["x"],
    {},
    { size: 4 },
    /size an odd number from 1, got 4/,
  ),
  "trained numbers in constant arithmetic": {
    model: {
      inputShape: [5],
      nodes: [
        { op: "Exp", inputs: ["W"], name: "here" },
        { op: "MatMul", inputs: ["x", "v0"] },
      ],
      tensors: { W: w(5, 4) },
    },
    message: /the node here \(Exp\) cannot be taken: it computes only with constants/,
  },
  "a sum of trained numbers": {
    model: {
      inputShape: [5],
      nodes: [
        { op: "Add", inputs: ["W", "W"], name: "here" },
        { op: "MatMul", inputs: ["x", "v0"] },
      ],
      tensors: { W: w(5, 4) },
    },
    message: /it computes only with the file's tensor W: fold constants when exporting/,
  },
};

for (const [name, { model, message, options = {} }] of Object.entries({ ...files, ...nodes })) {
  Deno.test(`reading ONNX refuses ${name} in one line`, async () => {
    await withTiny(model, async (path) => {
      await assert.rejects(readOnnx(path, options), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /^reading \S+tiny\.onnx: [^\n]*$/);
        return true;
      });
    });
  });
}

Deno.test("Dropout in training mode is refused, unless it drops nothing", async () => {
  const dropout = (ratio: number): TinyModel => ({
    inputShape: [5],
    nodes: [
      { op: "Equal", inputs: ["yes", "yes"] },
      { op: "Dropout", inputs: ["x", "ratio", "v0"] },
    ],
    tensors: {
      yes: { integers: [1], shape: [] },
      ratio: { shape: [], values: [ratio] },
    },
  });
  const { network } = await withTiny(dropout(0), (path) => readOnnx(path));
  assert.equal(network.classes, 5);
  await assert.rejects(
    withTiny(dropout(0.5), (path) => readOnnx(path)),
    /node 1 \(Dropout\) cannot be taken: it is in training mode: export in evaluation mode/,
  );
});

Deno.test("reading ONNX refuses a file that there is not", async () => {
  await assert.rejects(
    readOnnx("/nowhere/net.onnx"),
    /reading \/nowhere\/net.onnx: .*: there is none$/,
  );
});
