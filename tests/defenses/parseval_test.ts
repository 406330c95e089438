import assert from "node:assert/strict";
import { parseval, type ParsevalOptions } from "../../lib/defenses/parseval.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { graph } from "../../lib/layers/graph.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork, type Network, trainedNames } from "../../lib/networks/network.ts";
import { readOnnx } from "../../lib/networks/onnx/read_onnx.ts";
import { type TinyModel, withTiny } from "../networks/onnx/tiny_model.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";

const at = { seed: 3, epoch: 1, step: 4 };

async function projected(
  network: Network,
  options: ParsevalOptions,
  where = at,
  weights = smallWeights(network, "parseval"),
) {
  const engine = await sharedEngine(1);
  const before = Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, data.slice()]),
  );
  const after = Object.fromEntries(
    Object.entries(before).map(([name, data]) => [name, data.slice()]),
  );
  await (await parseval(options).projection!(engine, network))(after, where);
  return { before, after };
}

/** The numbers of each output unit, in their order: the columns of M. The units follow one another along an axis. */
function rowsOf(data: Float32Array, shape: readonly number[], axis = 0): number[][] {
  const stride = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  return Array.from(
    { length: shape[axis]! },
    (_, unit) => [...data.filter((_, i) => Math.floor(i / stride) % shape[axis]! === unit)],
  );
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** ||S S' - I||, once rows are divided by a norm. */
function distanceToOrthonormal(rows: readonly number[][], norm = 1): number {
  const errors = rows.flatMap((a, i) =>
    rows.map((b, j) => dot(a, b) / norm ** 2 - Number(i === j))
  );
  return Math.sqrt(dot(errors, errors));
}

/** Checks a step on a weight against (1 + beta) S - beta S S' S / norm^2 for the rows that moved. */
function checkStep(
  [old, now]: readonly [readonly number[][], readonly number[][]],
  { beta, share, norm = 1 }: { beta: number; share: number; norm?: number },
  name: string,
) {
  const drawn = old.keys().filter((i) => String(old[i]) !== String(now[i])).toArray();
  assert.equal(drawn.length, Math.max(1, Math.round(share * old.length)), name);
  const s = drawn.map((i) => old[i]!);
  for (const i of drawn) {
    now[i]!.forEach((value, j) => {
      const pulled = s.reduce((sum, row) => sum + dot(old[i]!, row) * row[j]!, 0);
      const expected = (1 + beta) * old[i]![j]! - beta * pulled / norm ** 2;
      assert.ok(Math.abs(value - expected) < 1e-5, `${name}: ${value} is not ${expected}`);
    });
  }
}

for (const network of [smallMlp(), smallConvolutional()]) {
  Deno.test(`Parseval's step on ${network.name} is (1 + beta) S - beta S S' S for the rows it draws`, async () => {
    const options = { beta: 0.1, share: 0.5 };
    const { before, after } = await projected(network, options);
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (shape.length === 1) assert.deepEqual(after[name], before[name], name);
      else checkStep([rowsOf(before[name]!, shape), rowsOf(after[name]!, shape)], options, name);
    }
  });

  Deno.test(`Parseval's step brings the drawn rows of ${network.name} closer to orthonormal ones`, async () => {
    const { before, after } = await projected(network, { beta: 0.05, share: 1 });
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (shape.length === 1) continue;
      const [old, now] = [before, after].map((all) =>
        distanceToOrthonormal(rowsOf(all[name]!, shape))
      );
      assert.ok(now! < old!, `${name}: ${now} is not below ${old}`);
    }
  });
}

Deno.test("Parseval draws the same rows at the same step, and others at the next", async () => {
  const network = smallMlp();
  const [a, b, next] = [
    await projected(network, { beta: 0.1 }),
    await projected(network, { beta: 0.1 }),
    await projected(network, { beta: 0.1 }, { ...at, step: 5 }),
  ];
  assert.deepEqual(a.after, b.after);
  assert.notDeepEqual(a.after, next.after);
});

/** The weights after so many steps that they no longer move, from small ones: steps from large ones overshoot. */
async function settled(network: Network, windowExponent: number) {
  const step = await parseval({ beta: 0.1, share: 1, windowExponent })
    .projection!(await sharedEngine(1), network);
  const weights = Object.fromEntries(
    Object.entries(smallWeights(network, "parseval")).map((
      [name, { data }],
    ) => [name, data.map((value) => value / 3)]),
  );
  for (let i = 0; i < 200; i++) await step(weights, { ...at, step: i });
  return weights;
}

for (const windowExponent of [0, 0.25, 0.5]) {
  const norm = 9 ** -windowExponent;
  Deno.test(`Parseval's steps end at orthogonal filters of norm k^-${windowExponent}, and orthonormal rows of dense layers`, async () => {
    const network = smallConvolutional();
    const weights = await settled(network, windowExponent);
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (shape.length === 1) continue;
      const rows = rowsOf(weights[name]!, shape);
      const distance = distanceToOrthonormal(rows, name.startsWith("conv") ? norm : 1);
      assert.ok(distance < 1e-3, `${name}: ${distance}`);
    }
  });
}

/** ||A||_2 of the matrix of a convolution of one channel without padding, by power iteration. */
function spectralNorm(filters: readonly number[][], window: number, side: number): number {
  const outputs = side - window + 1;
  const places = Array.from(
    { length: outputs ** 2 },
    (_, i) => [Math.floor(i / outputs), i % outputs],
  );
  const matrix = places.flatMap(([top, left]) =>
    filters.map((filter) => {
      const row = Array<number>(side ** 2).fill(0);
      filter.forEach((value, i) => {
        row[(top! + Math.floor(i / window)) * side + left! + i % window] = value;
      });
      return row;
    })
  );
  let [x, length] = [matrix[0]!.map((_, i) => Math.cos(i)), 0];
  for (let i = 0; i < 200; i++) {
    const y = matrix.map((row) => dot(row, x));
    const back = x.map((_, j) => matrix.reduce((sum, row, k) => sum + row[j]! * y[k]!, 0));
    length = Math.sqrt(dot(back, back));
    x = back.map((value) => value / length);
  }
  return Math.sqrt(length);
}

Deno.test("filters that Parseval's steps end at with the exponent 1/2 lengthen no difference, those of norm 1 do", async () => {
  const network = smallConvolutional();
  const norms = await Promise.all([0, 0.5].map(async (exponent) => {
    const weights = await settled(network, exponent);
    const [name, shape] = Object.entries(network.parameters).find(([, { length }]) =>
      length === 4
    )!;
    return spectralNorm(rowsOf(weights[name]!, shape), 3, 6);
  }));
  assert.ok(norms[0]! > 1 && norms[1]! <= 1, `${norms}`);
});

const w = (...shape: number[]) => ({ shape });

/** A file with weights in many layouts. */
const imported: TinyModel = {
  inputShape: [2, 6, 6],
  nodes: [
    { op: "Conv", inputs: ["x", "filters"] },
    { op: "PRelu", inputs: ["v0", "slopes"] },
    { op: "Transpose", inputs: ["filtersLast"], attributes: { perm: [3, 2, 0, 1] } },
    { op: "Conv", inputs: ["v1", "v2"] },
    { op: "Flatten", inputs: ["v3"] },
    { op: "MatMul", inputs: ["v4", "product"] },
    { op: "Add", inputs: ["v5", "added"] },
    { op: "Relu", inputs: ["v6"] },
    { op: "Transpose", inputs: ["turned"], attributes: { perm: [1, 0] } },
    { op: "MatMul", inputs: ["v7", "v8"] },
    { op: "Gemm", inputs: ["v9", "gemm", "bias"] },
    { op: "Gemm", inputs: ["v10", "gemmT", "bias"], attributes: { transB: 1 } },
    { op: "Reshape", inputs: ["flat", "square"] },
    { op: "MatMul", inputs: ["v11", "v12"] },
  ],
  tensors: {
    filters: w(4, 2, 3, 3),
    slopes: { shape: [4, 1, 1], values: [0.25, 0.25, 0.25, 0.25] },
    filtersLast: w(2, 3, 4, 5),
    product: w(30, 8),
    added: w(1, 8),
    turned: w(7, 8),
    gemm: w(7, 4),
    gemmT: w(4, 4),
    bias: w(4),
    flat: w(16),
    square: { integers: [4, 4] },
  },
};

/** The axis of the output units in the file's weights, and how many numbers a window has. */
const units: Readonly<Record<string, { axis: number; window: number }>> = {
  filters: { axis: 0, window: 9 },
  filtersLast: { axis: 3, window: 6 },
  product: { axis: 1, window: 1 },
  turned: { axis: 0, window: 1 },
  gemm: { axis: 1, window: 1 },
  gemmT: { axis: 0, window: 1 },
};

for (const [share, windowExponent] of [[0.5, 0], [1, 0.5], [0.01, 0]] as const) {
  Deno.test(`Parseval's step on an imported network moves output units wherever the file has them, and weights alone: share ${share}, exponent ${windowExponent}`, async () => {
    const { network, weights } = await withTiny(imported, (path) => readOnnx(path));
    const trained = Object.keys(imported.tensors!).filter((name) => name !== "square");
    assert.deepEqual(trainedNames(network).toSorted(), trained.toSorted());
    const options = { beta: 0.1, share, windowExponent };
    const { before, after } = await projected(network, options, at, weights);
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (!units[name]) assert.deepEqual(after[name], before[name], name);
      else {
        const { axis, window } = units[name];
        const [old, now] = [rowsOf(before[name]!, shape, axis), rowsOf(after[name]!, shape, axis)];
        checkStep([old, now], { ...options, norm: window ** -windowExponent }, name);
      }
    }
  });
}

Deno.test("Parseval's step leaves a weight alone that two layers take for matrices of other output units", async () => {
  const names = () => "tied";
  const layers = graph({
    one: { layer: dense(4, { bias: false }), from: "input", names, shared: true },
    other: { layer: dense(4, { bias: false, transposed: true }), from: "one", names, shared: true },
    logits: { layer: dense(3), from: "other" },
  }, "logits");
  const network = defineNetwork({ name: "tied", inputShape: [4], layers });
  const { before, after } = await projected(network, { share: 1 });
  assert.deepEqual(after.tied, before.tied);
  assert.notDeepEqual(after["logits.weight"], before["logits.weight"]);
});

/** A convolution and dense layers, with trained slopes and a trained offset. */
function keptAs(transposed: boolean): Network {
  return defineNetwork({
    name: "imported",
    inputShape: [1, 6, 6],
    layers: serial({
      conv: conv2d(4, 3),
      slopes: prelu({ shape: [4, 1, 1] }),
      flatten: flatten(),
      hidden: dense(8, { transposed }),
      offset: addConstant([1, 8], { trained: true }),
      logits: dense(4, { transposed }),
    }),
  });
}

/** A matrix the other way round. */
function turned(data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  return data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
}

Deno.test("Parseval moves the output units of dense layers and convolutions, however their weights are kept, and nothing else", async () => {
  const engine = await sharedEngine(1);
  const [plain, transposed] = [keptAs(false), keptAs(true)];
  const start = smallWeights(plain, "parseval");
  const weights = Object.fromEntries(
    Object.entries(start).map(([name, { data }]) => [name, data.slice()]),
  );
  const others = Object.fromEntries(
    Object.entries(start).map(([name, { shape, data }]) =>
      [name, isDense(name) ? turned(data, shape) : data.slice()] as const
    ),
  );
  const defense = parseval({ beta: 0.1, share: 0.5 });
  await (await defense.projection!(engine, plain))(weights, at);
  await (await defense.projection!(engine, transposed))(others, at);
  for (const [name, { shape, data }] of Object.entries(start)) {
    const now = weights[name]!;
    assert.deepEqual(others[name], isDense(name) ? turned(now, shape) : now, name);
    assert.equal(
      now.some((value, i) => value !== data[i]),
      /^(conv|hidden|logits)\.weight$/.test(name),
    );
  }
});

function isDense(name: string): boolean {
  return /^(hidden|logits)\.weight$/.test(name);
}

Deno.test("Parseval draws at least one output unit of every layer", async () => {
  const network = smallMlp();
  const { before, after } = await projected(network, { beta: 0.1, share: 0.01 });
  for (const [name, shape] of Object.entries(network.parameters)) {
    if (shape.length > 1) assert.notDeepEqual(after[name], before[name], name);
  }
});
