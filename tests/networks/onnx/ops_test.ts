import { checkOp } from "./check_op.ts";
import type { Tensor, TinyModel, TinyNode } from "./tiny_model.ts";

const image = [3, 6, 5];

/** Models by what they test. */
const models: Record<string, TinyModel> = {};

/** Adds a model of one node that reads x and, after it, tensors and known numbers. */
function one(
  name: string,
  op: string,
  tensors: Readonly<Record<string, Tensor>> = {},
  attributes: NonNullable<TinyNode["attributes"]> = {},
  { inputShape = image, opset = 13 }: { inputShape?: readonly number[]; opset?: number } = {},
): void {
  const node = { op, inputs: ["x", ...Object.keys(tensors)], attributes };
  several(name, [node], tensors, { inputShape, opset });
}

/** Adds a model of several nodes, with a Flatten at its end. */
function several(
  name: string,
  nodes: readonly TinyNode[],
  tensors: Readonly<Record<string, Tensor>> = {},
  { inputShape = image, opset = 13, ...more }: Partial<TinyModel> = {},
): void {
  const flatten = { op: "Flatten", inputs: [`v${nodes.length - 1}`] };
  models[name] = { opset, inputShape, nodes: [...nodes, flatten], tensors, ...more };
}

const w = (...shape: number[]): Tensor => ({ shape });
const positive = (...shape: number[]): Tensor => ({ shape, positive: true });
const ints = (...integers: (number | bigint)[]): Tensor => ({ integers });
const number = (value: number): Tensor => ({ shape: [], values: [value] });
const float = (value: number) => ({ float: value });

one("Conv", "Conv", { W: w(4, 3, 3, 3), B: w(4) });
one("Conv without bias, strides and pads", "Conv", { W: w(4, 3, 3, 3) }, {
  strides: [2, 1],
  pads: [1, 0, 2, 1],
  kernel_shape: [3, 3],
});
one("Conv, rectangular, dilated, grouped", "Conv", { W: w(6, 1, 2, 3), B: w(6) }, {
  dilations: [2, 1],
  group: 3,
});
one("Conv, SAME_UPPER", "Conv", { W: w(2, 3, 4, 2) }, { auto_pad: "SAME_UPPER", strides: [2, 2] });
one("Conv, SAME_LOWER", "Conv", { W: w(2, 3, 4, 2) }, { auto_pad: "SAME_LOWER", strides: [1, 2] });
one("Conv, VALID", "Conv", { W: w(2, 3, 4, 2) }, { auto_pad: "VALID" });

const vector = { inputShape: [5] };
one("Gemm", "Gemm", { W: w(5, 4), c: w(4) }, {}, vector);
one("Gemm, transB, no bias", "Gemm", { W: w(4, 5) }, { transB: 1 }, vector);
one("Gemm, alpha and beta", "Gemm", { W: w(4, 5), c: w(4) }, {
  transB: 1,
  alpha: float(0.5),
  beta: float(2),
}, vector);
one("Gemm, alpha, bias of one number", "Gemm", { W: w(5, 4), c: w(1, 1) }, {
  alpha: float(0.5),
}, vector);
one("Gemm, beta 0", "Gemm", { W: w(5, 4), c: w(4) }, { beta: float(0), alpha: float(3) }, vector);
one("MatMul", "MatMul", { W: w(5, 4) }, {}, vector);
several(
  "MatMul + Add",
  [
    { op: "MatMul", inputs: ["x", "W"] },
    { op: "Add", inputs: ["b", "v0"] },
  ],
  { W: w(5, 4), b: w(4) },
  vector,
);

one("Relu", "Relu");
one("LeakyRelu", "LeakyRelu", {}, { alpha: float(0.2) });
one("LeakyRelu, alpha left out", "LeakyRelu");
one("PRelu, a slope per channel", "PRelu", { slope: w(3, 1, 1) });
one("PRelu, one slope", "PRelu", { slope: w(1) });
one("PRelu of vectors", "PRelu", { slope: w(5) }, {}, vector);
one("Clip, opset 6", "Clip", {}, { min: float(-0.5), max: float(0.7) }, { opset: 10 });
one("Clip, opset 6, no upper bound", "Clip", {}, { min: float(-0.5) }, { opset: 7 });
one("Clip, opset 11", "Clip", { low: number(-0.5), high: number(0.7) });
several("Clip, opset 11, no lower bound", [{ op: "Clip", inputs: ["x", "", "high"] }], {
  high: number(0.4),
}, { opset: 11 });
one("Sigmoid", "Sigmoid");
one("Tanh", "Tanh");
one("HardSigmoid", "HardSigmoid");
one("HardSigmoid, alpha and beta", "HardSigmoid", {}, { alpha: float(1 / 6), beta: float(0.4) });
one("HardSwish", "HardSwish", {}, {}, { opset: 14 });
one("Elu", "Elu", {}, { alpha: float(0.7) });
one("Selu", "Selu");
one("Selu, alpha and gamma", "Selu", {}, { alpha: float(1.2), gamma: float(0.8) });
one("Softplus", "Softplus");
one("Celu", "Celu", {}, { alpha: float(0.6) });
one("Mish", "Mish", {}, {}, { opset: 18 });
one("Softsign", "Softsign");
one("Gelu", "Gelu", {}, {}, { opset: 20 });
one("Gelu, tanh", "Gelu", {}, { approximate: "tanh" }, { opset: 20 });
several("SiLU, as files write it", [
  { op: "Sigmoid", inputs: ["x"] },
  { op: "Mul", inputs: ["x", "v0"] },
]);
several("GELU, as files write it", [
  { op: "Div", inputs: ["x", "root"] },
  { op: "Erf", inputs: ["v0"] },
  { op: "Add", inputs: ["v1", "one"] },
  { op: "Mul", inputs: ["x", "v2"] },
  { op: "Mul", inputs: ["v3", "half"] },
], { root: number(Math.SQRT2), one: number(1), half: number(0.5) });

one("Exp", "Exp");
one("Erf", "Erf");
one("Sin", "Sin");
one("Cos", "Cos");
one("Neg", "Neg");
one("Abs", "Abs");
one("Pow by 2", "Pow", { p: number(2) });
one("Pow by 3", "Pow", { p: number(3) });
const above: TinyNode[] = [
  { op: "Abs", inputs: ["x"], outputs: ["abs"] },
  { op: "Add", inputs: ["abs", "half"], outputs: ["above"] },
];
for (const op of ["Log", "Sqrt", "Reciprocal"]) {
  several(op, [...above, { op, inputs: ["above"] }], { half: number(0.5) });
}
several("Pow by a number", [...above, { op: "Pow", inputs: ["above", "p"] }], {
  half: number(0.5),
  p: number(-1.3),
});
several("Pow of two values", [...above, { op: "Pow", inputs: ["above", "x"] }], {
  half: number(0.5),
});
several("Pow of a constant", [{ op: "Pow", inputs: ["c", "x"] }], { c: positive(3, 1, 1) });
one("Max with a number", "Max", { c: number(0.3) });
one("Min with a constant per channel", "Min", { c: w(3, 1, 1) });
several("Max of three, Min", [
  { op: "Tanh", inputs: ["x"] },
  { op: "Mul", inputs: ["x", "x"] },
  { op: "Max", inputs: ["c", "x", "v0"] },
  { op: "Min", inputs: ["v2", "v1"] },
], { c: w(3, 1, 1) });
several("Where", [
  { op: "Cast", inputs: ["mask"], attributes: { to: 9 } },
  { op: "Tanh", inputs: ["x"] },
  { op: "Where", inputs: ["v0", "x", "v1"] },
], { mask: ints(1, 0, 0, 1, 1) });
several("Where with a number", [
  { op: "Equal", inputs: ["mask", "zero"] },
  { op: "Where", inputs: ["v0", "c", "x"] },
], { mask: { integers: [1, 0, 2], shape: [3, 1, 1] }, zero: ints(0), c: number(-7) });
several("Where of a value that is repeated", [
  { op: "Cast", inputs: ["mask"], attributes: { to: 9 } },
  { op: "GlobalAveragePool", inputs: ["x"] },
  { op: "Where", inputs: ["v0", "x", "v1"] },
], { mask: ints(1, 0, 0, 1, 1) });

one("Add of a constant per channel", "Add", { c: w(1, 3, 1, 1) });
one("Add of a number", "Add", { c: number(0.5) });
one("Add of a row", "Add", { c: w(5) });
one("Sub of a constant", "Sub", { c: w(3, 1, 1) });
several("Sub from a constant", [{ op: "Sub", inputs: ["c", "x"] }], { c: w(3, 1, 1) });
one("Mul by a constant", "Mul", { c: w(3, 1, 1) });
several("Mul of a constant by the value", [{ op: "Mul", inputs: ["c", "x"] }], {
  c: w(1, 3, 1, 1),
});
one("Div by a constant", "Div", { c: positive(1, 3, 1, 1) });
several("Div of a constant", [
  { op: "Sigmoid", inputs: ["x"] },
  { op: "Div", inputs: ["c", "v0"] },
], { c: w(1) });
several("Add of a constant larger than the value", [
  { op: "GlobalAveragePool", inputs: ["x"] },
  { op: "Add", inputs: ["v0", "c"] },
], { c: w(3, 2, 2) });
several("Mul of a constant larger than the value", [
  { op: "GlobalAveragePool", inputs: ["x"] },
  { op: "Mul", inputs: ["c", "v0"] },
], { c: w(1, 3, 2, 2) });
const gate: TinyNode[] = [
  { op: "GlobalAveragePool", inputs: ["x"], outputs: ["mean"] },
  { op: "Sigmoid", inputs: ["mean"], outputs: ["gate"] },
];
for (const op of ["Add", "Sub", "Mul", "Div"]) {
  several(`${op} of an image and a number per channel`, [...gate, { op, inputs: ["x", "gate"] }]);
}
several("Mul of two images", [
  { op: "Tanh", inputs: ["x"] },
  { op: "Mul", inputs: ["x", "v0"] },
]);
several("Sum of three", [
  { op: "Tanh", inputs: ["x"] },
  ...gate,
  { op: "Sum", inputs: ["gate", "c", "v0", "x"] },
], { c: w(1, 3, 1, 1) });
one("Sum of one", "Sum");
several("values called by numbers, as PyTorch calls the last ones", [
  { op: "Relu", inputs: ["x"], outputs: ["first"] },
  { op: "Add", inputs: ["first", "x"], outputs: ["7"] },
  { op: "Tanh", inputs: ["7"], outputs: ["v2"] },
]);

const pool = { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] };
one("MaxPool", "MaxPool", {}, pool);
one("MaxPool, ceil_mode", "MaxPool", {}, { ...pool, ceil_mode: 1 }, { inputShape: [2, 6, 6] });
one("MaxPool, ceil_mode, a window that would begin beyond the image", "MaxPool", {}, {
  kernel_shape: [2, 2],
  strides: [3, 3],
  ceil_mode: 1,
  pads: [0, 0, 1, 1],
}, { inputShape: [2, 6, 5] });
one("MaxPool, SAME_UPPER", "MaxPool", {}, {
  kernel_shape: [3, 3],
  strides: [2, 2],
  auto_pad: "SAME_UPPER",
});
one("MaxPool, strides left out", "MaxPool", {}, { kernel_shape: [2, 2] }, { opset: 8 });
for (const opset of [7, 13, 19]) {
  one(`AveragePool, opset ${opset}`, "AveragePool", {}, pool, { opset });
  one(`AveragePool, padding counted, opset ${opset}`, "AveragePool", {}, {
    ...pool,
    count_include_pad: 1,
  }, { opset });
}
one("AveragePool, tiles", "AveragePool", {}, { kernel_shape: [2, 2], strides: [2, 2] }, {
  inputShape: [2, 4, 6],
});
one("AveragePool, ceil_mode", "AveragePool", {}, { ...pool, ceil_mode: 1 }, {
  inputShape: [2, 6, 6],
});
for (const opset of [11, 13, 19]) {
  one(
    `AveragePool, ceil_mode, padding counted, opset ${opset}`,
    "AveragePool",
    {},
    {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      ceil_mode: 1,
      count_include_pad: 1,
    },
    { inputShape: [2, 6, 6], opset },
  );
}
one("GlobalAveragePool", "GlobalAveragePool");
one("GlobalMaxPool", "GlobalMaxPool");
one("ReduceMean, opset 13", "ReduceMean", {}, { axes: [2, -1] });
one("ReduceMean, axes dropped", "ReduceMean", {}, { axes: [1], keepdims: 0 });
one("ReduceMean, opset 18", "ReduceMean", { axes: ints(-1, 1) }, { keepdims: 0 }, { opset: 18 });
several(
  "ReduceMean, no axes and unchanged, opset 18",
  [{
    op: "ReduceMean",
    inputs: ["x"],
    attributes: { noop_with_empty_axes: 1 },
  }],
  {},
  { opset: 18 },
);

for (
  const op of [
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ]
) {
  one(`${op}, an empty list of axes and not reduced, opset 18`, op, { axes: ints() }, {
    noop_with_empty_axes: 1,
  }, { opset: 18 });
}
one("ReduceSum, opset 11", "ReduceSum", {}, { axes: [-1] }, { opset: 11 });
one("ReduceSum, opset 13", "ReduceSum", { axes: ints(1, 3) }, { keepdims: 0 });
for (
  const op of [
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ]
) {
  one(op, op, {}, { axes: [2, 3] });
  one(`${op}, axes dropped, opset 18`, op, { axes: ints(1) }, { keepdims: 0 }, { opset: 18 });
}
several("Softmax in between", [
  { op: "Softmax", inputs: ["x"], attributes: { axis: 1 } },
  { op: "Mul", inputs: ["x", "v0"] },
]);
several(
  "Softmax in between, before opset 13",
  [
    { op: "Softmax", inputs: ["x"], attributes: { axis: 2 } },
    { op: "Mul", inputs: ["x", "v0"] },
  ],
  {},
  { opset: 11 },
);
several("LogSoftmax in between", [
  { op: "LogSoftmax", inputs: ["x"] },
  { op: "Mul", inputs: ["x", "v0"] },
]);
one("LayerNormalization", "LayerNormalization", { scale: w(5), B: w(5) }, {}, { opset: 17 });
one("LayerNormalization of two axes without shift", "LayerNormalization", { scale: w(6, 5) }, {
  axis: 2,
  epsilon: float(0.1),
}, { opset: 17 });
one("InstanceNormalization", "InstanceNormalization", { scale: w(3), B: w(3) }, {
  epsilon: float(0.01),
});
one("GroupNormalization, opset 18", "GroupNormalization", { scale: w(2), bias: w(2) }, {
  num_groups: 2,
}, { inputShape: [4, 2, 3], opset: 18 });
one("GroupNormalization, opset 21", "GroupNormalization", { scale: w(4), bias: w(4) }, {
  num_groups: 2,
}, { inputShape: [4, 2, 3], opset: 21 });
several("layer normalisation, as files write it", [
  { op: "ReduceMean", inputs: ["x"], attributes: { axes: [-1] } },
  { op: "Sub", inputs: ["x", "v0"] },
  { op: "Pow", inputs: ["v1", "two"] },
  { op: "ReduceMean", inputs: ["v2"], attributes: { axes: [-1] } },
  { op: "Add", inputs: ["v3", "epsilon"] },
  { op: "Sqrt", inputs: ["v4"] },
  { op: "Div", inputs: ["v1", "v5"] },
  { op: "Mul", inputs: ["v6", "scale"] },
  { op: "Add", inputs: ["v7", "shift"] },
], { two: number(2), epsilon: number(1e-3), scale: w(5), shift: w(5) });

const statistics = { scale: w(3), B: w(3), mean: w(3), var: positive(3) };
one("BatchNormalization", "BatchNormalization", statistics, { epsilon: float(0.01) });
one("BatchNormalization, opset 7", "BatchNormalization", statistics, {}, { opset: 7 });
one("BatchNormalization, opset 15", "BatchNormalization", statistics, {}, { opset: 15 });
one("BatchNormalization of vectors", "BatchNormalization", statistics, {}, { inputShape: [3] });
one("LRN", "LRN", {}, { size: 3, alpha: float(0.5), beta: float(0.6), bias: float(2) });
one("Dropout, opset 7", "Dropout", {}, { ratio: float(0.3) }, { opset: 7 });
one("Dropout, opset 12", "Dropout", { ratio: number(0.3) }, {}, { opset: 12 });
one("Identity", "Identity");

one("Flatten", "Flatten");
one("Flatten, axis from the end", "Flatten", {}, { axis: -3 });
one("Reshape", "Reshape", { shape: ints(0, 5, -1) });
one("Reshape, batch counted", "Reshape", { shape: ints(-1, 15, 6) });
one("Squeeze, opset 11", "Squeeze", {}, { axes: [2] }, { inputShape: [4, 1, 3], opset: 11 });
one("Squeeze, opset 13", "Squeeze", { axes: ints(-2) }, {}, { inputShape: [4, 1, 3] });
one("Unsqueeze, opset 11", "Unsqueeze", {}, { axes: [1, 3] }, { ...vector, opset: 11 });
one("Unsqueeze, opset 13", "Unsqueeze", { axes: ints(-1, 1) }, {}, vector);
one("Transpose", "Transpose", {}, { perm: [0, 2, 3, 1] });
several("Concat", [
  { op: "Tanh", inputs: ["x"] },
  { op: "Concat", inputs: ["v0", "x"], attributes: { axis: 1 } },
]);
several("Concat of columns, from the end", [
  { op: "Tanh", inputs: ["x"] },
  { op: "Concat", inputs: ["v0", "x", "v0"], attributes: { axis: -1 } },
]);
const halves = { outputs: ["a", "b"] };
const multiplied: TinyNode = { op: "Mul", inputs: ["a", "b"] };
several(
  "Split, opset 11",
  [
    { op: "Split", inputs: ["x"], attributes: { axis: 2, split: [3, 3] }, ...halves },
    multiplied,
  ],
  {},
  { opset: 11 },
);
several("Split, opset 13", [
  { op: "Split", inputs: ["x", "parts"], attributes: { axis: -2 }, ...halves },
  multiplied,
], { parts: ints(3, 3) });
several(
  "Split into equal parts, one unused, opset 18",
  [
    {
      op: "Split",
      inputs: ["x"],
      attributes: { axis: 1, num_outputs: 3 },
      outputs: ["a", "c", "b"],
    },
    multiplied,
  ],
  {},
  { opset: 18 },
);
one("Slice, opset 9", "Slice", {}, { starts: [1, 0], ends: [5, -1], axes: [2, 3] }, { opset: 9 });
one("Slice, opset 13", "Slice", {
  starts: ints(0, 1),
  ends: ints(Number.MAX_SAFE_INTEGER, 4),
  axes: ints(2, -1),
  steps: ints(2, 1),
});
one("Slice backwards", "Slice", {
  starts: ints(-1),
  ends: ints(-Number.MAX_SAFE_INTEGER),
  axes: ints(1),
  steps: ints(-1),
});
for (const [name, end] of [["INT32_MAX", 2 ** 31 - 1], ["INT64_MAX", 2n ** 63n - 1n]] as const) {
  one(`Slice of all samples and some columns, to ${name}`, "Slice", {
    starts: ints(0, 1),
    ends: ints(end, end),
    axes: ints(0, -1),
  });
}
one("Slice of all samples, opset 9", "Slice", {}, { starts: [0, 1], ends: [2 ** 31 - 1, 4] }, {
  opset: 9,
});
several("Slice up to the number of samples", [
  { op: "Shape", inputs: ["x"] },
  { op: "Gather", inputs: ["v0", "first"] },
  { op: "Slice", inputs: ["x", "first", "v1"] },
], { first: ints(0) });
several("Slice of all samples beside windows", [
  { op: "Reshape", inputs: ["x", "rows"] },
  { op: "Slice", inputs: ["v0", "from", "to"] },
  { op: "Reshape", inputs: ["v1", "apart"] },
], { rows: ints(-1, 5), from: ints(0), to: ints(2 ** 31 - 1), apart: ints(-1, 18, 5) });
one("Pad, opset 10", "Pad", {}, { pads: [0, 1, 0, 2, 0, 0, 3, 0], value: float(0.5) }, {
  opset: 10,
});
one("Pad, opset 13", "Pad", { pads: ints(0, 1, 0, 2, 0, 0, 3, 0) });
one("Pad with a number, opset 13", "Pad", {
  pads: ints(0, 1, 0, 2, 0, 0, 3, 0),
  value: number(-1.5),
});
one(
  "Pad of some axes, opset 18",
  "Pad",
  {
    pads: ints(1, 2, 0, 1),
    value: number(0),
    axes: ints(-1, 1),
  },
  {},
  { opset: 18 },
);
for (
  const pool of [
    { op: "MaxPool", attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: "MaxPool", attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
    { op: "GlobalMaxPool" },
    { op: "ReduceMax", attributes: { axes: [2, 3] } },
  ]
) {
  const windows = pool.attributes ? `, ${Object.values(pool.attributes)[0]}` : "";
  several(`Pad with -infinity before ${pool.op}${windows}`, [
    { op: "Pad", inputs: ["x", "pads", "value"] },
    { ...pool, inputs: ["v0"] },
  ], { pads: ints(0, 0, 1, 1, 0, 0, 1, 1), value: number(-Infinity) });
}
several("Expand", [
  { op: "GlobalAveragePool", inputs: ["x"] },
  { op: "Expand", inputs: ["v0", "shape"] },
  { op: "Mul", inputs: ["v1", "x"] },
], { shape: ints(1, 1, 6, 5) });
one("Expand to the same shape", "Expand", { shape: ints(5) });
one("Gather of channels", "Gather", { at: ints(2, 1, 0) }, { axis: 1 });
one("Gather of one row", "Gather", { at: { integers: [-1], shape: [] } }, { axis: 2 });
one("Cast to float", "Cast", {}, { to: 1 });

const sequence: TinyNode = {
  op: "Transpose",
  inputs: ["x"],
  attributes: { perm: [1, 0, 2] },
  outputs: ["sequence"],
};
const back: TinyNode = { op: "Transpose", inputs: ["after"], attributes: { perm: [1, 0, 2] } };
one("MatMul of rows by a weight", "MatMul", { W: w(6, 3) }, {}, { inputShape: [2, 4, 6] });
several("MatMul of a weight by columns", [{ op: "MatMul", inputs: ["W", "x"] }], {
  W: w(1, 2, 3, 4),
}, { inputShape: [2, 4, 6] });
several("MatMul of two values", [
  { op: "Transpose", inputs: ["x"], attributes: { perm: [0, 1, 3, 2] } },
  { op: "MatMul", inputs: ["x", "v0"] },
]);
several("Einsum of two values", [
  { op: "Tanh", inputs: ["x"] },
  { op: "Einsum", inputs: ["x", "v0"], attributes: { equation: "bchw,bcHw->bcHh" } },
]);
several("the batch along axis 1: a product, a bias, a mean, a part, a sum", [
  { op: "Reshape", inputs: ["x", "rows"], outputs: ["tokens"] },
  { ...sequence, inputs: ["tokens"] },
  { op: "MatMul", inputs: ["sequence", "W"] },
  { op: "Add", inputs: ["b", "v2"] },
  { op: "ReduceMean", inputs: ["v3"], attributes: { axes: [-1] } },
  { op: "Sub", inputs: ["v3", "v4"] },
  { op: "Split", inputs: ["v5"], attributes: { axis: -1 }, outputs: ["left", "right"] },
  { op: "Softmax", inputs: ["left"], attributes: { axis: 0 } },
  { op: "Mul", inputs: ["v7", "right"] },
  { op: "Slice", inputs: ["v8", "from", "to", "axes"] },
  { op: "Mul", inputs: ["v9", "perPlace"], outputs: ["after"] },
  back,
], {
  rows: ints(0, 6, 15),
  W: w(15, 8),
  b: w(8),
  from: ints(1),
  to: ints(6),
  axes: ints(0),
  perPlace: w(5, 1, 4),
});
several("the batch beside heads: attention as PyTorch writes it", [
  { op: "Reshape", inputs: ["x", "rows"], outputs: ["tokens"] },
  { ...sequence, inputs: ["tokens"] },
  { op: "Shape", inputs: ["sequence"] },
  { op: "Gather", inputs: ["v2", "one"] },
  { op: "Mul", inputs: ["v3", "heads"] },
  { op: "Concat", inputs: ["six", "v4", "five"], attributes: { axis: 0 }, outputs: ["apart"] },
  { op: "Reshape", inputs: ["sequence", "apart"] },
  { op: "Transpose", inputs: ["v6"], attributes: { perm: [1, 0, 2] }, outputs: ["q"] },
  { op: "Transpose", inputs: ["v6"], attributes: { perm: [1, 2, 0] }, outputs: ["k"] },
  { op: "MatMul", inputs: ["q", "k"] },
  { op: "Add", inputs: ["v9", "mask"] },
  { op: "Softmax", inputs: ["v10"] },
  { op: "MatMul", inputs: ["v11", "q"] },
  { op: "Transpose", inputs: ["v12"], attributes: { perm: [1, 0, 2] } },
  { op: "Reshape", inputs: ["v13", "vectors"] },
  { op: "Gemm", inputs: ["v14", "W", "b"] },
  { op: "Reshape", inputs: ["v15", "again"], outputs: ["after"] },
  back,
], {
  rows: ints(0, 6, 15),
  one: ints(1),
  heads: ints(3),
  six: ints(6),
  five: ints(5),
  mask: w(1, 6, 6),
  vectors: ints(-1, 15),
  W: w(15, 4),
  b: w(4),
  again: ints(6, -1, 4),
});
several("windows beside the batch", [
  { op: "Reshape", inputs: ["x", "windows"] },
  { op: "Transpose", inputs: ["v0"], attributes: { perm: [0, 2, 1, 3, 4] } },
  { op: "Reshape", inputs: ["v1", "rows"] },
  { op: "Tanh", inputs: ["v2"] },
  { op: "MatMul", inputs: ["v3", "W"] },
  { op: "Unsqueeze", inputs: ["v4", "first"] },
  { op: "Squeeze", inputs: ["v5", "first"] },
  { op: "Gather", inputs: ["v6", "place"], attributes: { axis: 1 } },
  { op: "Reshape", inputs: ["v7", "apart"] },
], {
  windows: ints(0, 3, 2, 3, 5),
  rows: ints(-1, 9, 5),
  W: w(5, 4),
  first: ints(0),
  place: { integers: [2], shape: [] },
  apart: ints(-1, 2, 4),
});
several("a class token and positions", [
  { op: "Reshape", inputs: ["x", "rows"] },
  { op: "Shape", inputs: ["v0"] },
  { op: "Gather", inputs: ["v1", "zero"] },
  { op: "Concat", inputs: ["v2", "least", "least"], attributes: { axis: 0 } },
  { op: "Equal", inputs: ["v3", "least"] },
  { op: "Where", inputs: ["v4", "one", "v3"] },
  { op: "Expand", inputs: ["token", "v5"] },
  { op: "Concat", inputs: ["v6", "v0"], attributes: { axis: 1 } },
  { op: "Add", inputs: ["v7", "position"] },
  { op: "MatMul", inputs: ["v8", "W"] },
], {
  rows: ints(0, 6, 15),
  zero: ints(0),
  least: ints(-1),
  one: ints(1),
  token: w(1, 1, 15),
  position: w(1, 7, 15),
  W: w(15, 3),
});
several("a table of position biases", [
  { op: "Gather", inputs: ["table", "index"] },
  { op: "Reshape", inputs: ["v0", "square"] },
  { op: "Transpose", inputs: ["v1"], attributes: { perm: [2, 0, 1] } },
  { op: "Add", inputs: ["x", "v2"] },
], {
  table: w(5, 3),
  index: ints(...Array.from({ length: 30 }, (_, i) => i * 7 % 5)),
  square: ints(6, 5, 3),
});
several("arithmetic of numbers in nodes: Tile, Range, Sub", [
  { op: "Constant", inputs: [], attributes: { value: { tensor: w(1, 5) } } },
  { op: "Tile", inputs: ["v0", "repeats"] },
  { op: "Mul", inputs: ["v1", "v1"] },
  { op: "Sub", inputs: ["x", "v2"] },
], { repeats: ints(6, 1) });

several("shape arithmetic: a channel shuffle", [
  { op: "Shape", inputs: ["x"], outputs: ["shape"] },
  { op: "Gather", inputs: ["shape", "zero"], outputs: ["n"] },
  { op: "Gather", inputs: ["shape", "one"], outputs: ["c"] },
  { op: "Div", inputs: ["c", "two"], outputs: ["half"] },
  { op: "Cast", inputs: ["half"], attributes: { to: 7 }, outputs: ["whole"] },
  { op: "Unsqueeze", inputs: ["n", "axes"], outputs: ["n1"] },
  { op: "Unsqueeze", inputs: ["whole", "axes"], outputs: ["c1"] },
  { op: "Slice", inputs: ["shape", "from", "to"], outputs: ["sides"] },
  {
    op: "Concat",
    inputs: ["n1", "twos", "c1", "sides"],
    attributes: { axis: 0 },
    outputs: ["apart"],
  },
  { op: "Reshape", inputs: ["x", "apart"], outputs: ["groups"] },
  {
    op: "Transpose",
    inputs: ["groups"],
    attributes: { perm: [0, 2, 1, 3, 4] },
    outputs: ["turned"],
  },
  { op: "Reshape", inputs: ["turned", "shape"] },
], {
  zero: { integers: [0], shape: [] },
  one: { integers: [1], shape: [] },
  two: { integers: [2], shape: [] },
  axes: ints(0),
  twos: ints(2),
  from: ints(2),
  to: ints(4),
}, { inputShape: [4, 3, 2] });
several("arithmetic of numbers in nodes: ScatterND", [
  { op: "ConstantOfShape", inputs: ["shape"], attributes: { value: { tensor: ints(0) } } },
  { op: "ScatterND", inputs: ["v0", "at", "rows"] },
  { op: "ScatterND", inputs: ["v1", "places", "numbers"] },
  { op: "Cast", inputs: ["v2"], attributes: { to: 1 } },
  { op: "Add", inputs: ["x", "v3"] },
], {
  shape: ints(6, 5),
  at: { integers: [1, -1], shape: [2, 1] },
  rows: { integers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], shape: [2, 5] },
  places: { integers: [0, 1, 3, -2], shape: [2, 2] },
  numbers: ints(11, 12),
});
several("shape arithmetic: remainders", [
  { op: "Mod", inputs: ["below", "four"] },
  { op: "Mod", inputs: ["six", "four"], attributes: { fmod: 1 } },
  { op: "Concat", inputs: ["v0", "v1"], attributes: { axis: 0 } },
  { op: "Gather", inputs: ["x", "v2"], attributes: { axis: 3 } },
], { below: ints(-1), four: ints(4), six: ints(6) });
for (
  const [op, ...counts] of [["Max", 2, 3, 5], ["Min", 6, 5, 4], ["Max", 4], ["Min", 4]] as const
) {
  const inputs = counts.map((_, i) => `count ${i}`);
  several(
    `shape arithmetic: ${op} of ${counts}`,
    [{ op, inputs }, { op: "Slice", inputs: ["x", "zero", "v0", "one"] }],
    {
      ...Object.fromEntries(counts.map((count, i) => [`count ${i}`, ints(count)])),
      zero: ints(0),
      one: ints(1),
    },
    { inputShape: [6] },
  );
}
several("shape arithmetic: pads as PyTorch writes them", [
  { op: "ConstantOfShape", inputs: ["four"], attributes: { value: { tensor: ints(0) } } },
  { op: "Concat", inputs: ["begin", "v0"], attributes: { axis: 0 } },
  { op: "Reshape", inputs: ["v1", "pairs"] },
  { op: "Slice", inputs: ["v2", "last", "least", "axis", "last"] },
  { op: "Transpose", inputs: ["v3"], attributes: { perm: [1, 0] } },
  { op: "Reshape", inputs: ["v4", "last"] },
  { op: "Cast", inputs: ["v5"], attributes: { to: 7 } },
  { op: "Pad", inputs: ["x", "v6"] },
], {
  four: ints(4),
  begin: ints(1, 2, 0, 1),
  pairs: ints(-1, 2),
  last: ints(-1),
  least: ints(-Number.MAX_SAFE_INTEGER),
  axis: ints(0),
});
several("shape arithmetic: ranges, conditions, numbers", [
  { op: "Shape", inputs: ["x"], outputs: ["shape"] },
  { op: "Constant", inputs: [], attributes: { value_ints: [3] }, outputs: ["three"] },
  { op: "Gather", inputs: ["shape", "three"], outputs: ["columns"] },
  { op: "Squeeze", inputs: ["columns"], outputs: ["limit"] },
  { op: "Range", inputs: ["zero", "limit", "one"], outputs: ["all"] },
  { op: "Mul", inputs: ["all", "one"], outputs: ["same"] },
  { op: "Equal", inputs: ["same", "one"], outputs: ["first"] },
  { op: "Where", inputs: ["first", "zero", "same"], outputs: ["at"] },
  { op: "Gather", inputs: ["x", "at"], attributes: { axis: 3 } },
], { zero: { integers: [0], shape: [] }, one: { integers: [1], shape: [] } });
several(
  "Constant as a weight",
  [
    { op: "Constant", inputs: [], attributes: { value: { tensor: w(5, 4) } }, outputs: ["W"] },
    { op: "MatMul", inputs: ["x", "W"] },
  ],
  {},
  vector,
);
several(
  "a weight that is transposed, a bias that is reshaped",
  [
    { op: "Transpose", inputs: ["W"] },
    { op: "MatMul", inputs: ["x", "v0"] },
    { op: "Reshape", inputs: ["b", "row"] },
    { op: "Add", inputs: ["v1", "v2"] },
  ],
  { W: w(4, 5), b: w(2, 2), row: ints(1, -1) },
  vector,
);
several("a weight that is rearranged several times", [
  { op: "Reshape", inputs: ["W", "filters"] },
  { op: "Transpose", inputs: ["v0"], attributes: { perm: [3, 2, 0, 1] } },
  { op: "Conv", inputs: ["x", "v1", "b"] },
  { op: "Unsqueeze", inputs: ["scale", "axes"] },
  { op: "Mul", inputs: ["v2", "v3"] },
], {
  W: w(6, 3, 4),
  filters: ints(3, 2, 3, 4),
  b: w(4),
  scale: w(4),
  axes: ints(1, 2),
});
several(
  "a tensor that is used twice",
  [
    { op: "MatMul", inputs: ["x", "W"] },
    { op: "Tanh", inputs: ["v0"] },
    { op: "MatMul", inputs: ["v1", "W"] },
  ],
  { W: w(5, 5) },
  vector,
);
several(
  "equal tensors, stored once",
  [
    { op: "Identity", inputs: ["b"], outputs: ["b2"] },
    { op: "Gemm", inputs: ["x", "W", "b"], attributes: { transB: 1 } },
    { op: "Tanh", inputs: ["v1"] },
    { op: "Gemm", inputs: ["v2", "V", "b2"], attributes: { transB: 1 } },
  ],
  { W: w(5, 5), V: w(5, 5), b: w(5) },
  vector,
);
for (const opset of [7, 9, 11, 13, 15, 18, 21]) {
  several(
    `a small network, opset ${opset}`,
    [
      { op: "Conv", inputs: ["x", "W", "B"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "Relu", inputs: ["v0"] },
      { op: "MaxPool", inputs: ["v1"], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: "Flatten", inputs: ["v2"] },
      { op: "Gemm", inputs: ["v3", "fc", "c"], attributes: { transB: 1 } },
    ],
    { W: w(4, 3, 3, 3), B: w(4), fc: w(3, 24), c: w(3) },
    { opset },
  );
}

for (const [name, model] of Object.entries(models)) await checkOp(name, model);
