import assert from "node:assert/strict";
import { trainedNames } from "../../../lib/networks/network.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { type TinyModel, type TinyNode, withTiny } from "./tiny_model.ts";

const w = (...shape: number[]) => ({ shape });
const number = (value: number) => ({ shape: [], values: [value] });
const ints = (...integers: number[]) => ({ integers });

/** Pixels of an image as tokens, [N, 6, 15], and something after them. */
function tokens(nodes: readonly TinyNode[], tensors: TinyModel["tensors"] = {}): TinyModel {
  const rows: TinyNode = { op: "Reshape", inputs: ["x", "rows"], outputs: ["tokens"] };
  return {
    inputShape: [3, 6, 5],
    nodes: [rows, ...nodes, { op: "Flatten", inputs: [`v${nodes.length}`] }],
    tensors: { rows: ints(0, 6, 15), ...tensors },
  };
}

/** Group normalisation as files write it, back to an image of a shape. */
function grouped(image: readonly number[], batch?: number): TinyModel {
  return {
    inputShape: [4, 2, 3],
    ...(batch ? { batch } : {}),
    nodes: [
      ...[1, 0].map((value): TinyNode => ({
        op: "Constant",
        inputs: [],
        attributes: { value: { tensor: { shape: [2], values: [value, value] } } },
      })),
      { op: "Reshape", inputs: ["x", "groups"] },
      { op: "InstanceNormalization", inputs: ["v2", "v0", "v1"] },
      { op: "Reshape", inputs: ["v3", "image"] },
      { op: "Mul", inputs: ["v4", "scale"] },
      { op: "Add", inputs: ["v5", "shift"] },
      { op: "Flatten", inputs: ["v6"] },
    ],
    tensors: {
      groups: ints(0, 2, -1),
      image: ints(...image),
      scale: w(4, 1, 1),
      shift: w(4, 1, 1),
    },
  };
}

/** Models, and which of their tensors are trained. */
const models: Readonly<Record<string, [TinyModel, trained: readonly string[]]>> = {
  "the scale and shift after a deviation": [
    tokens([
      { op: "ReduceMean", inputs: ["tokens"], attributes: { axes: [-1] } },
      { op: "Sub", inputs: ["tokens", "v1"] },
      { op: "Mul", inputs: ["v2", "v2"] },
      { op: "ReduceMean", inputs: ["v3"], attributes: { axes: [-1] } },
      { op: "Add", inputs: ["v4", "epsilon"] },
      { op: "Sqrt", inputs: ["v5"] },
      { op: "Div", inputs: ["v2", "v6"] },
      { op: "Mul", inputs: ["scale", "v7"] },
      { op: "Add", inputs: ["v8", "shift"] },
      { op: "Mul", inputs: ["v9", "factor"] },
    ], { epsilon: number(0.1), scale: w(15), shift: w(15), factor: w(15) }),
    ["scale", "shift"],
  ],
  "the scale and shift after groups, not the ones and zeros before": [
    grouped([0, 4, 2, 3]),
    ["scale", "shift"],
  ],
  "the scale and shift after groups in a file of one sample": [
    grouped([1, 4, 2, 3], 1),
    ["scale", "shift"],
  ],
  "the scale and shift after groups in a file of one sample, with -1": [
    grouped([1, -1, 2, 3], 1),
    ["scale", "shift"],
  ],
  "positions that are added to tokens, not a mask": [
    tokens([
      { op: "Add", inputs: ["tokens", "positions"] },
      { op: "Add", inputs: ["v1", "row"] },
      { op: "Constant", inputs: [], attributes: { value: { tensor: w(1, 6, 15) } } },
      { op: "Add", inputs: ["v2", "v3"] },
    ], { positions: w(1, 6, 15), row: w(1, 15) }),
    ["positions"],
  ],
  "a token that is repeated for every sample": [
    tokens([
      { op: "Shape", inputs: ["tokens"] },
      { op: "Gather", inputs: ["v1", "first"] },
      { op: "Concat", inputs: ["v2", "one", "one"], attributes: { axis: 0 } },
      { op: "Expand", inputs: ["token", "v3"] },
      { op: "Concat", inputs: ["v4", "tokens", "fixed"], attributes: { axis: 1 } },
    ], { first: ints(0), one: ints(1), token: w(1, 1, 15), fixed: w(1, 2, 15) }),
    ["token"],
  ],
  "a token beside the tokens of a file of one sample": [
    {
      ...tokens([
        { op: "Concat", inputs: ["token", "tokens"], attributes: { axis: 1 } },
      ], { token: w(1, 1, 15) }),
      batch: 1,
    },
    ["token"],
  ],
  "weights along the last axis and their bias": [
    tokens([
      { op: "MatMul", inputs: ["tokens", "W"] },
      { op: "Add", inputs: ["b", "v1"] },
    ], { W: w(15, 4), b: w(4) }),
    ["W", "b"],
  ],
};

for (const [name, [model, trained]] of Object.entries(models)) {
  Deno.test(`of a file are trained: ${name}`, async () => {
    const { network } = await withTiny(model, (path) => readOnnx(path));
    assert.deepEqual(trainedNames(network), trained);
  });
}
