import * as tf from "@tensorflow/tfjs";
import { assertSame, type Case, createEngines } from "../engines.ts";

const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.1);

type Pair = [tf.Tensor, tf.Tensor];

/** Smooth functions. */
const smooth: Case[] = [
  ["abs", [[9]], (x) => tf.abs(x!)],
  ["relu", [[9]], (x) => tf.relu(x!)],
  ["exp, log and tanh", [[9]], (x) => tf.tanh(tf.log(positive(tf.exp(x!))))],
  [
    "sqrt and rsqrt",
    [[9]],
    (x) => tf.mul(tf.sqrt(positive(x!)), tf.rsqrt(tf.add(positive(x!), 1))),
  ],
  ["softmax", [[3, 4]], (x) => tf.softmax(x!)],
  ["elu, selu and erf", [[9]], (x) => tf.elu(tf.mul(tf.selu(x!), tf.erf(x!)))],
  ["asin, acos and atanh", [[9]], (x) => {
    const inside = tf.mul(tf.tanh(x!), 0.9);
    return tf.mul(tf.asin(inside), tf.add(tf.acos(inside), tf.atanh(inside)));
  }],
  ["asinh, acosh and atan", [[9]], (x) => tf.mul(tf.asinh(x!), tf.acosh(tf.add(tf.atan(x!), 3)))],
  ["sinh, cosh and tan", [[9]], (x) => tf.mul(tf.sinh(x!), tf.add(tf.cosh(x!), tf.tan(x!)))],
  ["expm1 and log1p", [[9]], (x) => tf.expm1(tf.log1p(tf.square(x!)))],
  ["sigmoid and softplus", [[9]], (x) => tf.mul(tf.sigmoid(x!), tf.softplus(x!))],
  [
    "sin, cos and reciprocal",
    [[9]],
    (x) => tf.mul(tf.sin(x!), tf.reciprocal(positive(tf.cos(x!)))),
  ],
  [
    "broadcast arithmetic",
    [[2, 3], [3], [2, 1]],
    (a, b, c) => tf.div(tf.mul(tf.add(a!, b!), tf.sub(b!, c!)), positive(c!)),
  ],
  ["squaredDifference", [[2, 3], [2, 3]], (a, b) => tf.squaredDifference(a!, b!)],
  ["sum and mean", [[2, 3, 4]], (x) => tf.mul(tf.sum(tf.square(x!), [0, 2]), tf.mean(x!, [0, 2]))],
  ["logSoftmax", [[3, 4]], (x) => tf.logSoftmax(x!, 1)],
  ["reshape and transpose", [[2, 3, 4]], (x) => tf.transpose(tf.reshape(x!, [4, 3, 2]), [1, 2, 0])],
  ["slice", [[4, 5]], (x) => tf.slice(x!, [1, 2], [2, 3])],
  ["concat", [[2, 3, 2], [2, 1, 2]], (a, b) => tf.concat([a!, b!], 1)],
  ["concat of axis -1", [[2, 3], [2, 1], [2, 2]], (...all) => tf.concat(all, -1)],
  ["split", [[2, 5]], (x) => tf.mul(...tf.split(x!, [2, 1, 2], 1).toSpliced(1, 1) as Pair)],
  ["stack", [[2, 3], [2, 3]], (a, b) => tf.stack([a!, b!], 1)],
  ["unstack", [[2, 3]], (x) => tf.mul(...tf.unstack(x!) as Pair)],
  ["pad", [[2, 3]], (x) => tf.pad(x!, [[1, 0], [0, 2]])],
  ["tile", [[2, 3]], (x) => tf.tile(x!, [2, 2])],
  ...([[false, false], [false, true], [true, false], [true, true]] as const).map(([a, b]): Case => [
    `matMul ${a} ${b}`,
    [a ? [3, 2] : [2, 3], b ? [4, 3] : [3, 4]],
    (x, y) => tf.matMul(x!, y!, a, b),
  ]),
];

/** The gradients of these compare numbers. */
const piecewise: Case[] = [
  ["pow", [[2, 3], [3]], (a, b) => tf.pow(positive(a!), b!)],
  ["maximum and minimum", [[2, 3], [2, 3]], (a, b) => tf.minimum(tf.maximum(a!, b!), 0.5)],
  ["clip", [[9]], (x) => tf.clipByValue(x!, -0.5, 0.5)],
  ["where", [[9], [9]], (a, b) => tf.where(tf.greater(tf.range(0, 9), 4), tf.square(a!), b!)],
  [
    "relu6, leakyRelu and prelu",
    [[9], [9]],
    (a, b) => tf.prelu(tf.sub(tf.relu6(tf.square(a!)), 0.5), tf.leakyRelu(b!, 0.3)),
  ],
  ["max", [[2, 3, 4]], (x) => tf.max(x!, [-1])],
  ["min, kept", [[2, 3, 4]], (x) => tf.min(x!, [1, 2], true)],
];

type Scalar = (...xs: tf.Tensor[]) => tf.Scalar;

const squares = (fn: Case[2]): Scalar => (...xs) => tf.sum(tf.square(fn(...xs) as tf.Tensor));
const gradients = (scalar: Scalar): Case[2] => (...xs) => tf.grads(scalar)(xs);
const squaredGradient = (scalar: Scalar): Scalar => (...xs) =>
  tf.addN(tf.grads(scalar)(xs).map((gradient) => tf.sum(tf.square(gradient))));

const cases: Case[] = [
  ...[...smooth, ...piecewise].map((
    [name, shapes, fn],
  ): Case => [name, shapes, gradients(squares(fn))]),
  ...[...smooth, ...piecewise].map(([name, shapes, fn]): Case => [
    `${name}, twice`,
    shapes,
    gradients(squaredGradient(squares(fn))),
  ]),
];

Deno.test("derivatives are the same traced and computed by TensorFlow.js", async (t) => {
  await using engines = await createEngines();
  for (const one of cases) {
    await t.step(
      one[0],
      async () => void await assertSame(engines, one, { relative: 1e-5, absolute: 1e-5 }),
    );
  }
});
