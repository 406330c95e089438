import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { traceBackend, useTraceBackend } from "../../lib/engine/tracing/trace_backend.ts";
import { assertSame, type Case, createEngines, evaluate } from "./engines.ts";

/** A number in eight is exactly 0, the rest halves: comparisons and steps meet ties. */
const halves = (x: tf.Tensor) => tf.div(tf.round(tf.mul(x, 2)), 2);
const integers = (x: tf.Tensor) => tf.cast(tf.round(tf.mul(x, 3)), "int32");
const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.1);

const unary: Case[] = [
  ["abs", [[2, 3]], (x) => tf.abs(x)],
  ["acos", [[5]], (x) => tf.acos(tf.tanh(x))],
  ["acosh", [[5]], (x) => tf.acosh(tf.add(positive(x), 1))],
  ["asin", [[5]], (x) => tf.asin(tf.tanh(x))],
  ["asinh", [[5]], (x) => tf.asinh(x)],
  ["atan", [[5]], (x) => tf.atan(x)],
  ["atanh", [[5]], (x) => tf.atanh(tf.tanh(x))],
  ["cosh", [[5]], (x) => tf.cosh(x)],
  ["sinh", [[5]], (x) => tf.sinh(x)],
  ["tan", [[5]], (x) => tf.tan(tf.tanh(x))],
  ["elu", [[2, 3]], (x) => tf.elu(x)],
  ["selu", [[2, 3]], (x) => tf.selu(x)],
  ["erf", [[9]], (x) => tf.erf(x)],
  ["expm1", [[9]], (x) => tf.expm1(x)],
  ["log1p", [[9]], (x) => tf.log1p(positive(x))],
  ["relu6", [[20]], (x) => tf.relu6(tf.mul(x, 5))],
  ["leakyRelu", [[20]], (x) => tf.leakyRelu(x, 0.3)],
  ["prelu", [[2, 3], [3]], (x, slopes) => tf.prelu(x, slopes!)],
  ["softmax", [[2, 3, 4]], (x) => tf.softmax(x)],
  ["ceil", [[2, 3]], (x) => tf.ceil(tf.mul(x, 3))],
  ["cos", [[5]], (x) => tf.cos(x)],
  ["exp", [[5]], (x) => tf.exp(x)],
  ["floor", [[2, 3]], (x) => tf.floor(tf.mul(x, 3))],
  ["isNaN", [[5]], (x) => tf.isNaN(tf.log(x))],
  ["log", [[5]], (x) => tf.log(positive(x))],
  ["logicalNot", [[5]], (x) => tf.logicalNot(tf.greater(x, 0))],
  ["neg", [[5]], (x) => tf.neg(x)],
  ["neg of int32", [[5]], (x) => tf.neg(integers(x))],
  ["reciprocal", [[5]], (x) => tf.reciprocal(positive(x))],
  ["relu", [[2, 3]], (x) => tf.relu(halves(x))],
  ["round, half to even", [[40]], (x) => tf.round(halves(x))],
  ["rsqrt", [[5]], (x) => tf.rsqrt(positive(x))],
  ["sigmoid", [[5]], (x) => tf.sigmoid(tf.mul(x, 10))],
  ["sign", [[20]], (x) => tf.sign(halves(x))],
  ["sin", [[5]], (x) => tf.sin(x)],
  ["softplus", [[5]], (x) => tf.softplus(tf.mul(x, 5))],
  ["sqrt", [[5]], (x) => tf.sqrt(positive(x))],
  ["square", [[5]], (x) => tf.square(x)],
  ["tanh", [[5]], (x) => tf.tanh(x)],
  ["clone", [[2, 3]], (x) => tf.clone(x)],
  ["zerosLike", [[2, 3]], (x) => tf.zerosLike(x)],
  ["onesLike", [[2, 3]], (x) => tf.onesLike(x)],
  ["step", [[20]], (x) => tf.step(halves(x))],
  ["step with alpha -1", [[20]], (x) => tf.step(halves(x), -1)],
  ["step with alpha 0.5", [[20]], (x) => tf.step(halves(x), 0.5)],
  ["step of int32", [[20]], (x) => tf.step(integers(x), -1)],
  ["step of a uniform", [[2]], (x) => tf.add(x, tf.step(tf.zeros([2]), -1))],
  ["clipByValue", [[20]], (x) => tf.clipByValue(x, -0.5, 0.7)],
  ["clipByValue of int32", [[20]], (x) => tf.clipByValue(integers(x), -1, 2)],
  ["logSoftmax", [[3, 4]], (x) => tf.logSoftmax(x, 1)],
];

const binary: Case[] = [
  ["add", [[2, 3], [2, 3]], (a, b) => tf.add(a, b)],
  ["add of a row", [[2, 3], [3]], (a, b) => tf.add(a, b)],
  ["add of a column", [[2, 1], [3]], (a, b) => tf.add(a, b)],
  ["add of a scalar", [[2, 3], []], (a, b) => tf.add(a, b)],
  ["add, ranks 1 and 4", [[3], [2, 1, 2, 3]], (a, b) => tf.add(a, b)],
  ["sub", [[2, 3], [2, 1]], (a, b) => tf.sub(a, b)],
  ["mul", [[2, 1, 3], [4, 1]], (a, b) => tf.mul(a, b)],
  ["div", [[2, 3], [3]], (a, b) => tf.div(a, positive(b))],
  ["maximum", [[2, 3], [3]], (a, b) => tf.maximum(a, b)],
  ["minimum", [[2, 3], []], (a, b) => tf.minimum(a, b)],
  ["pow", [[2, 3], [3]], (a, b) => tf.pow(positive(a), b)],
  ["squaredDifference", [[2, 3], [3]], (a, b) => tf.squaredDifference(a, b)],
  ["squaredDifference from 0", [[2, 3]], (a) => tf.squaredDifference(a, 0)],
  ["equal", [[30], [30]], (a, b) => tf.equal(halves(a), halves(b))],
  ["notEqual", [[30], [30]], (a, b) => tf.notEqual(halves(a), halves(b))],
  ["greater", [[6, 5], [5]], (a, b) => tf.greater(halves(a), halves(b))],
  ["greaterEqual", [[6, 5], [6, 1]], (a, b) => tf.greaterEqual(halves(a), halves(b))],
  ["less", [[30], []], (a, b) => tf.less(halves(a), halves(b))],
  ["lessEqual", [[30], [30]], (a, b) => tf.lessEqual(halves(a), halves(b))],
  ["logicalAnd", [[30], [30]], (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.less(b, 0))],
  ["logicalOr", [[6, 5], [5]], (a, b) => tf.logicalOr(tf.greater(a, 0), tf.less(b, 0))],
  ["addN", [[2, 3], [2, 3], [2, 3]], (a, b, c) => tf.addN([a!, b!, c!])],
  ["arithmetic of int32", [[9], [9]], (a, b) => tf.mul(tf.sub(integers(a), 2), integers(b))],
  ["int32 and float32", [[9], [9]], (a, b) => tf.add(integers(a), b)],
  ["where", [[4, 5], [4, 5], [4, 5]], (a, b, c) => tf.where(tf.greater(a, 0), b, c)],
  ["where, uniform values", [[4, 5]], (a) => tf.where(tf.greater(a, 0), tf.ones([4, 5]), -2)],
  ["where, broadcast", [[5], [4, 5]], (a, b) => tf.where(tf.greater(a, 0), b, 3)],
];

const constants: Case[] = [
  ["x + 0, x * 1, x / 1, x - 0", [[3]], (x) => tf.sub(tf.div(tf.mul(tf.add(x, 0), 1), 1), 0)],
  ["0 - x", [[3]], (x) => tf.sub(0, x)],
  ["x * 0", [[2, 3], [3]], (x, y) => tf.add(y, tf.mul(x, 0))],
  ["zeros of a larger shape", [[3]], (x) => tf.add(x, tf.zeros([2, 3]))],
  [
    "ones of a higher rank",
    [[2, 3]],
    (x) => tf.transpose(tf.add(x, tf.ones([1, 2, 3])), [2, 0, 1]),
  ],
  ["uniform and uniform", [[2]], (x) => tf.add(x, tf.pow(tf.fill([2], 3), tf.fill([2], 0.5)))],
  [
    "cast of a uniform truncates",
    [[2]],
    (x) => tf.add(x, tf.cast(tf.cast(tf.fill([2], 2.7), "int32"), "float32")),
  ],
  [
    "cast of a uniform to bool",
    [[2]],
    (x) => tf.add(x, tf.cast(tf.cast(tf.fill([2], 2), "bool"), "float32")),
  ],
  ["transpose of zeros", [[3, 2]], (x) => tf.add(x, tf.transpose(tf.zeros([2, 3])))],
  ["product with zeros", [[2, 3]], (x) => tf.add(1, tf.matMul(x, tf.zeros([3, 4])))],
  ["product with ones", [[2, 3]], (x) => tf.matMul(x, tf.ones([3, 4]))],
  ["sum of ones", [[2]], (x) => tf.add(x, tf.sum(tf.ones([3, 4])))],
  ["a uniform output", [[1]], () => tf.fill([2, 3], 7)],
  ["an input as output", [[2, 3], [1]], (x) => x!],
  ["an array", [[2, 2]], (x) => tf.add(x, tf.tensor2d([[1, 2], [3, 4]]))],
  ["fill of int32", [[1]], () => tf.fill([2], 3, "int32")],
  ["range", [[4]], (x) => tf.add(x, tf.range(0, 8, 2))],
  ["range downwards", [[5]], (x) => tf.add(x, tf.range(5, 0))],
  ["range by -2, int32", [[3]], (x) => tf.add(x, tf.range(6, 1, -2, "int32"))],
  ["range of one", [[1]], (x) => tf.add(x, tf.range(3, 4, 1, "int32"))],
];

const casts: Case[] = (["float32", "int32", "bool"] as const).flatMap((to) => [
  [`float32 to ${to}`, [[20]], (x) => tf.cast(halves(x), to)] satisfies Case,
  [`int32 to ${to}`, [[20]], (x) => tf.cast(integers(x), to)] satisfies Case,
  [`bool to ${to}`, [[20]], (x) => tf.cast(tf.greater(x, 0), to)] satisfies Case,
]);

const reductions: Case[] = ([
  ["sum", tf.sum],
  ["mean", tf.mean],
  ["prod", tf.prod],
  ["max", tf.max],
  ["min", tf.min],
] as const).flatMap(([name, reduce]) => [
  [`${name} of all`, [[2, 3, 4]], (x) => reduce(x!)] satisfies Case,
  [`${name} of axis 1`, [[2, 3, 4]], (x) => reduce(x!, 1)] satisfies Case,
  [`${name} of axis -1`, [[2, 3, 4]], (x) => reduce(x!, -1)] satisfies Case,
  [`${name} of axes 2, 0`, [[2, 3, 4]], (x) => reduce(x!, [2, 0])] satisfies Case,
  [`${name}, kept`, [[2, 3, 4]], (x) => reduce(x!, [0, -1], true)] satisfies Case,
  [`${name} of all, kept`, [[2, 3]], (x) => reduce(x!, undefined, true)] satisfies Case,
  [`${name} of no axes`, [[2, 3]], (x) => reduce(x!, [])] satisfies Case,
  [`${name} of squares`, [[2, 3]], (x) => reduce(tf.square(x!), 1)] satisfies Case,
  [`${name} of a scalar`, [[]], (x) => reduce(x!)] satisfies Case,
  [`${name} of int32`, [[2, 3]], (x) => reduce(integers(x!), 1)] satisfies Case,
]);

const more: Case[] = [
  ["sum of bool", [[9]], (x) => tf.sum(tf.greater(x, 0))],
  ["mean of bool", [[9]], (x) => tf.mean(tf.greater(x, 0))],
  ["sum of squares", [[2, 3, 4]], (x) => tf.sum(tf.square(x), [0, 2], true)],
  ["sum of squares of int32", [[2, 3]], (x) => tf.sum(tf.square(integers(x)), 1)],
  ["argMax", [[3, 4]], (x) => tf.argMax(x, 1)],
  ["argMax of axis 0, ties", [[9, 4]], (x) => tf.argMax(halves(x), 0)],
  ["argMax of axis -1", [[2, 3, 4]], (x) => tf.argMax(x, -1)],
  ["argMin, ties", [[4, 9]], (x) => tf.argMin(halves(x), 1)],
];

const arrangements: Case[] = [
  ["reshape", [[2, 6]], (x) => tf.reshape(x, [3, 4])],
  ["reshape with -1", [[2, 6]], (x) => tf.reshape(x, [4, -1])],
  ["reshape back", [[2, 6]], (x) => tf.reshape(tf.reshape(x, [12]), [2, 6])],
  ["reshape to a scalar", [[1, 1]], (x) => tf.reshape(x, [])],
  ["expandDims", [[2, 3]], (x) => tf.expandDims(x, 1)],
  ["expandDims -1", [[2, 3]], (x) => tf.expandDims(x, -1)],
  ["squeeze", [[2, 1, 3, 1]], (x) => tf.squeeze(x, [1])],
  ["transpose", [[2, 3]], (x) => tf.transpose(x)],
  ["transpose of four axes", [[2, 3, 4, 5]], (x) => tf.transpose(x, [0, 3, 1, 2])],
  ["transpose of extents of 1", [[2, 1, 3]], (x) => tf.transpose(x, [1, 0, 2])],
  ["transpose, 1 and others", [[2, 1, 3]], (x) => tf.transpose(x, [2, 1, 0])],
  ["concat", [[2, 3], [4, 3]], (a, b) => tf.concat([a!, b!])],
  ["concat of axis -1", [[2, 3], [2, 1], [2, 2]], (...all) => tf.concat(all, -1)],
  ["concat of one", [[2, 3]], (a) => tf.concat([a!])],
  ["concat of int32", [[2], [3]], (a, b) => tf.concat([integers(a!), integers(b!)])],
  ["stack", [[2, 3], [2, 3]], (a, b) => tf.stack([a!, b!])],
  ["stack of axis 1", [[2, 3], [2, 3]], (a, b) => tf.stack([a!, b!], 1)],
  ["stack of axis -1", [[2, 3], [2, 3]], (a, b) => tf.stack([a!, b!], -1)],
  ["split in equal pieces", [[4, 6]], (x) => tf.split(x!, 3, 1)],
  ["split by extents", [[4, 5]], (x) => tf.split(x!, [1, 3, 1], -1)],
  ["split, the rest in one piece", [[7, 2]], (x) => tf.split(x!, [2, -1])],
  ["split of one piece", [[2, 3]], (x) => tf.split(x!, 1)],
  ["split of int32", [[4]], (x) => tf.split(integers(x!), [3, 1])],
  ["split of a uniform", [[2, 1]], (x) => tf.split(tf.ones([2, 3]), [1, 2], 1).concat(x!)],
  ["unstack", [[3, 2]], (x) => tf.unstack(x!)],
  ["unstack of axis -1", [[2, 1, 3]], (x) => tf.unstack(x!, -1)],
  ["slice", [[4, 5]], (x) => tf.slice(x!, [1, 2], [2, 3])],
  ["slice to the end", [[4, 5]], (x) => tf.slice(x!, [1, 2], [2, -1])],
  ["slice of the first axis", [[4, 5]], (x) => tf.slice(x!, 1, 2)],
  ["slice without a size", [[4, 5]], (x) => tf.slice(x!, [2])],
  ["tile", [[2, 3]], (x) => tf.tile(x!, [2, 3])],
  ["tile of a uniform", [[4, 3]], (x) => tf.add(x!, tf.tile(tf.ones([2, 3]), [2, 1]))],
  ["broadcastTo", [[3, 1]], (x) => tf.broadcastTo(x!, [2, 3, 4])],
  ["stridedSlice", [[5, 7]], (x) => tf.stridedSlice(x!, [1, 0], [4, 7], [2, 3])],
  ["stridedSlice to the end", [[5, 7]], (x) => tf.stridedSlice(x!, [-2, 1], [9, -1], [1, 2])],
  ["pad", [[2, 3]], (x) => tf.pad(x!, [[1, 0], [2, 1]])],
  ["pad with a value", [[3]], (x) => tf.pad(x!, [[1, 2]], 5)],
  [
    "gather",
    [[5, 3], [4]],
    (x, i) => tf.gather(x!, tf.cast(tf.minimum(tf.abs(integers(i)), 4), "int32")),
  ],
  ["gather of axis -1", [[3, 5]], (x) => tf.gather(x!, tf.tensor1d([4, 0, 4], "int32"), -1)],
  [
    "gather by a matrix",
    [[3, 5, 2]],
    (x) => tf.gather(x!, tf.tensor2d([[4, 0], [1, 1]], [2, 2], "int32"), 1),
  ],
  ["gather by a uniform", [[3, 5]], (x) => tf.gather(x!, tf.tensor1d([2, 2], "int32"))],
  ["oneHot", [[6]], (x) => tf.oneHot(tf.argMax(tf.reshape(x, [2, 3]), 1), 3)],
  ["oneHot with values", [[2, 3, 4]], (x) => tf.oneHot(tf.argMax(x, 2), 4, 2, -1, "float32")],
  ["oneHot outside the range", [[6]], (x) => tf.oneHot(integers(x!), 2, 1, 0, "float32")],
];

const products: Case[] = ([[false, false], [false, true], [true, false], [true, true]] as const)
  .flatMap(([a, b]) => [
    [
      `matMul ${a} ${b}`,
      [a ? [3, 2] : [2, 3], b ? [4, 3] : [3, 4]],
      (x, y) => tf.matMul(x!, y!, a, b),
    ] satisfies Case,
    [
      `matMul of batches ${a} ${b}`,
      [a ? [2, 5, 3, 2] : [2, 5, 2, 3], b ? [2, 5, 4, 3] : [2, 5, 3, 4]],
      (x, y) => tf.matMul(x!, y!, a, b),
    ] satisfies Case,
    [
      `matMul of a batch and one ${a} ${b}`,
      [a ? [5, 3, 2] : [5, 2, 3], b ? [1, 4, 3] : [1, 3, 4]],
      (x, y) => tf.matMul(x!, y!, a, b),
    ] satisfies Case,
  ]);

const fusions: Case[] = [
  ["product plus a row", [[2, 3], [3, 4], [4]], (x, w, b) => tf.add(tf.matMul(x!, w!), b!)],
  ["a matrix plus a product", [[2, 3], [3, 4], [2, 4]], (x, w, b) => tf.add(b!, tf.matMul(x!, w!))],
  ["product plus a column", [[2, 3], [3, 4], [2, 1]], (x, w, b) => tf.add(tf.matMul(x!, w!), b!)],
  [
    "product plus a larger one",
    [[2, 3], [3, 4], [5, 2, 4]],
    (x, w, b) => tf.add(tf.matMul(x!, w!), b!),
  ],
  [
    "product plus two",
    [[2, 3], [3, 4], [4], [2, 4]],
    (x, w, b, c) => tf.add(tf.add(tf.matMul(x!, w!), b!), c!),
  ],
  ["product used twice", [[2, 3], [3, 4], [4]], (x, w, b) => {
    const product = tf.matMul(x!, w!);
    return [tf.add(product, b!), tf.relu(product)];
  }],
];

const tables = {
  unary,
  binary,
  constants,
  casts,
  reductions,
  more,
  arrangements,
  products,
  fusions,
};

Deno.test("traced kernels compute what TensorFlow.js computes", async (t) => {
  await using engines = await createEngines();
  const run = spyOnKernels();
  try {
    for (const [table, cases] of Object.entries(tables)) {
      for (const one of cases) {
        await t.step(`${table}: ${one[0]}`, async () => void await assertSame(engines, one));
      }
    }
  } finally {
    run.restore();
  }
  await t.step("every kernel of the tracer was run", () => {
    const primitives = tf.getKernelsForBackend("tensorflow").map(({ kernelName }) => kernelName);
    const traced = tf.getKernelsForBackend(traceBackend).map(({ kernelName }) => kernelName);
    assert.deepEqual(
      traced.filter((name) => !run.kernels.has(name) && !primitives.includes(name)),
      [],
    );
  });
});

/** Notes the names of the kernels that run. */
function spyOnKernels() {
  useTraceBackend();
  const engine = tf.engine();
  const { runKernel } = engine;
  const kernels = new Set<string>();
  engine.runKernel = (name, ...rest) => {
    kernels.add(name);
    return runKernel.call(engine, name, ...rest) as never;
  };
  return { kernels, restore: () => engine.runKernel = runKernel };
}

/** Numbers whose sums with 1 are rounded, or are not finite. */
const beside = [-1e-9, 1e-20, 1e-9, 3e-8, 1e-7, -2e-5, 1e-3, -0.3, 0.7, 3, 20, 80, 0, Infinity];
const exact: [
  name: string,
  fn: (x: tf.Tensor) => tf.Tensor,
  of: (x: number) => number,
  x: number[],
][] = [
  ["expm1", (x) => tf.expm1(x), Math.expm1, [...beside, -20, -Infinity]],
  ["log1p", (x) => tf.log1p(x), Math.log1p, [...beside, 2e7, 1e30, -1, -0.9999]],
];

for (const [name, fn, of, numbers] of exact) {
  Deno.test(`${name} is right for every number, however small`, async () => {
    await using engines = await createEngines();
    const x = Float32Array.from(numbers);
    for (const engine of [engines.tested, engines.cpu]) {
      const { arrays: [actual] } = await evaluate(engine, fn, [[x.length]], [x]);
      x.forEach((x, i) => {
        const expected = Math.fround(of(x));
        const isNear = Math.abs(actual![i]! - expected) <= 1e-6 * Math.abs(expected);
        assert.ok(
          isNear || actual![i] === expected,
          `${x}: expected ${expected}, got ${actual![i]}`,
        );
      });
    }
  });
}
