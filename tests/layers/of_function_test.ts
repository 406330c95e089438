import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import { graph } from "../../lib/layers/graph.ts";
import { junctionOfFunction, ofFunction } from "../../lib/layers/of_function.ts";
import { assertClose } from "../closeness.ts";
import { createEngines, evaluate, numbers } from "../engine/engines.ts";
import { checkLayer } from "./check_layer.ts";

const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.5);
const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));

/** Functions of one value, with an input's shape. */
const functions: Readonly<Record<string, [(x: tf.Tensor) => tf.Tensor, readonly number[]]>> = {
  "silu": [silu, [2, 3, 2]],
  "softmax": [(x) => tf.softmax(x), [2, 5]],
  "softmax of a middle axis, by hand": [
    (x) => tf.div(tf.exp(x), tf.sum(tf.exp(x), 1, true)),
    [4, 3],
  ],
  "the largest of a row": [(x) => tf.sub(tf.square(x), tf.max(x, -1, true)), [2, 5]],
  "layer normalisation": [(x) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-3)));
  }, [2, 6]],
  "log of a sum of exponentials": [(x) => tf.sub(x, tf.logSumExp(x, -1, true)), [4]],
  "a power of one value by another": [
    (x) => tf.pow(positive(x), tf.mul(x, 0.3)),
    [5],
  ],
  "self-attention": [(x) => {
    const scores = tf.matMul(x, x, false, true);
    return tf.matMul(tf.softmax(tf.mul(scores, 0.5)), x);
  }, [3, 4]],
  "clipped, bent and compared": [
    (x) =>
      tf.minimum(tf.maximum(tf.square(tf.clipByValue(x, -2, 2)), tf.sin(x)), tf.relu6(silu(x))),
    [30],
  ],
  "where": [(x) => tf.where(tf.greater(x, 0), tf.tanh(x), tf.elu(x)), [9]],
};

for (const [name, [fn, inputShape]] of Object.entries(functions)) {
  checkLayer(`a function: ${name}`, { layer: ofFunction(fn), inputShape });
}

checkLayer("a function with parameters", {
  layer: ofFunction(
    (x, { weight, bias }) => tf.selu(tf.add(tf.matMul(x, weight!), tf.sigmoid(bias!))),
    ([inputs = 1]) => ({
      outputShape: [3],
      parameters: {
        weight: { shape: [inputs, 3], initial: (normal) => 0.5 * normal() },
        bias: { shape: [3], initial: () => 0 },
      },
    }),
  ),
  inputShape: [4],
});
checkLayer("a function of two inputs with a parameter", {
  layer: graph({
    a: { layer: dense(4, { deviation: 0.5 }), from: "input" },
    b: { layer: dense(4, { deviation: 0.5 }), from: "input" },
    both: {
      layer: junctionOfFunction(
        ([a, b], { gain }) => tf.mul(gain!, tf.sigmoid(tf.mul(a!, b!))),
        ([outputShape]) => ({
          outputShape: outputShape!,
          parameters: { gain: { shape: [4], initial: (normal) => normal() } },
        }),
      ),
      from: ["a", "b"],
    },
  }, "both"),
  inputShape: [5],
});

checkLayer("a function of two inputs, one of which is computed from the other", {
  layer: graph({
    a: { layer: ofFunction(tf.tanh), from: "input" },
    both: {
      layer: junctionOfFunction(([a, x]) => tf.mul(tf.exp(a!), tf.square(x!)), ([outputShape]) => ({
        outputShape: outputShape!,
      })),
      from: ["a", "input"],
    },
  }, "both"),
  inputShape: [5],
});

checkLayer("a function of two inputs that ignores one, and a parameter", {
  layer: graph({
    a: { layer: dense(5, { deviation: 0.5 }), from: "input" },
    both: {
      layer: junctionOfFunction(([, x]) => tf.square(x!), ([outputShape]) => ({
        outputShape: outputShape!,
        parameters: { unused: { shape: [2], initial: () => 1 } },
      })),
      from: ["a", "input"],
    },
  }, "both"),
  inputShape: [5],
});

Deno.test("a function that ignores its input has the gradient 0, and expands to itself", async () => {
  await using engines = await createEngines();
  const layer = ofFunction((x) => tf.fill(x.shape, 3));
  for (const engine of [engines.tested, engines.cpu]) {
    const { arrays: [gradient, expansion] } = await evaluate(
      engine,
      (x, a) => {
        const { trace } = layer.forward({}, x!);
        return [layer.reverse({}, trace, x!), layer.linearize({}, trace, x!, a!)];
      },
      [[2, 3], [2, 1]],
      [numbers([2, 3], "x"), Float32Array.of(0.5, -2)],
    );
    assert.deepEqual([...gradient!], [0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...expansion!], [1.5, 1.5, 1.5, -6, -6, -6]);
  }
});

/** Functions of a number: as TensorFlow.js has them, and in float64 with their first and second derivatives. */
const derivatives: Readonly<
  Record<string, [(x: tf.Tensor) => tf.Tensor, ...((x: number) => number)[]]>
> = {
  sigmoid: [tf.sigmoid, logistic, slope, (x) => slope(x) * (1 - 2 * logistic(x))],
  tanh: [
    tf.tanh,
    Math.tanh,
    (x) => 1 - Math.tanh(x) ** 2,
    (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2),
  ],
  exp: [tf.exp, Math.exp, Math.exp, Math.exp],
  log: [(x) => tf.log(tf.exp(tf.square(x))), (x) => x ** 2, (x) => 2 * x, () => 2],
  sqrt: [
    (x) => tf.sqrt(tf.add(tf.square(x), 1)),
    (x) => Math.hypot(x, 1),
    (x) => x / Math.hypot(x, 1),
    (x) => Math.hypot(x, 1) ** -3,
  ],
  rsqrt: [
    (x) => tf.rsqrt(tf.add(tf.square(x), 1)),
    (x) => 1 / Math.hypot(x, 1),
    (x) => -x / Math.hypot(x, 1) ** 3,
    (x) => (2 * x ** 2 - 1) / Math.hypot(x, 1) ** 5,
  ],
  elu: [
    tf.elu,
    (x) => x > 0 ? x : Math.expm1(x),
    (x) => x > 0 ? 1 : Math.exp(x),
    (x) => x > 0 ? 0 : Math.exp(x),
  ],
  selu: [
    tf.selu,
    (x) => 1.05070098 * (x > 0 ? x : 1.67326324 * Math.expm1(x)),
    (x) => 1.05070098 * (x > 0 ? 1 : 1.67326324 * Math.exp(x)),
    (x) => x > 0 ? 0 : 1.05070098 * 1.67326324 * Math.exp(x),
  ],
  softplus: [tf.softplus, (x) => Math.log1p(Math.exp(x)), logistic, slope],
  erf: [tf.erf, erf, bell, (x) => -2 * x * bell(x)],
  pow: [(x) => tf.pow(x, 3), (x) => x ** 3, (x) => 3 * x ** 2, (x) => 6 * x],
  reciprocal: [
    (x) => tf.reciprocal(tf.add(tf.square(x), 1)),
    (x) => 1 / (x ** 2 + 1),
    (x) => -2 * x / (x ** 2 + 1) ** 2,
    (x) => (6 * x ** 2 - 2) / (x ** 2 + 1) ** 3,
  ],
  atan: [tf.atan, Math.atan, (x) => 1 / (x ** 2 + 1), (x) => -2 * x / (x ** 2 + 1) ** 2],
  sinh: [tf.sinh, Math.sinh, Math.cosh, Math.sinh],
  expm1: [tf.expm1, Math.expm1, Math.exp, Math.exp],
  log1p: [
    (x) => tf.log1p(tf.square(x)),
    (x) => Math.log1p(x ** 2),
    (x) => 2 * x / (1 + x ** 2),
    (x) => (2 - 2 * x ** 2) / (1 + x ** 2) ** 2,
  ],
};

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function slope(x: number): number {
  return logistic(x) * (1 - logistic(x));
}

/** By its power series. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= -(x ** 2) / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

function bell(x: number): number {
  return 2 / Math.sqrt(Math.PI) * Math.exp(-(x ** 2));
}

for (const [name, [fn, value, first, second]] of Object.entries(derivatives)) {
  Deno.test(`${name}: the linear piece and its derivative are those of float64`, async () => {
    await using engines = await createEngines();
    const [x, v, a] = [numbers([20, 1], `${name} x`), numbers([20, 1], "v"), numbers([20, 1], "a")];
    const layer = ofFunction(fn);
    const expansion = (x: tf.Tensor, v: tf.Tensor, a: tf.Tensor) =>
      layer.linearize({}, layer.forward({}, x).trace, v, a);
    for (const engine of [engines.tested, engines.cpu]) {
      const { arrays: [piece, moved] } = await evaluate(
        engine,
        (x, v, a) => [
          expansion(x!, v!, a!),
          tf.grad((x) => expansion(x, v!, a!))(x!),
        ],
        [[20, 1], [20, 1], [20, 1]],
        [x, v, a],
      );
      const at = (i: number) => [x[i]!, v[i]!, a[i]!] as const;
      assertClose(
        piece!,
        x.map((_, i) => {
          const [x, v, a] = at(i);
          return a * value!(x) + first!(x) * (v - a * x);
        }),
        { relative: 2e-6 },
      );
      assertClose(
        moved!,
        x.map((_, i) => {
          const [x, v, a] = at(i);
          return second!(x) * (v - a * x);
        }),
        { relative: 1e-5 },
      );
    }
  });
}

/** Functions that are no layer, and what is said of them. */
const refused: Readonly<Record<string, [(x: tf.Tensor) => tf.Tensor, RegExp]>> = {
  "a gradient that saves its output": [
    (x) => tf.logSoftmax(x),
    /expected operations whose gradients can be differentiated again, got logSoftmax; write it with others/,
  ],
  "a kernel without a gradient": [
    (x) => tf.pad(tf.stridedSlice(x, [0, 0], [2, 3], [1, 2]), [[0, 0], [0, 1]]),
    /differentiating: expected kernels that have a gradient, got StridedSlice, which has none/,
  ],
  "another shape": [
    (x) => tf.sum(x, 1),
    /expected an output of shape \[2,3\] as described, got \[2\]/,
  ],
};

for (const [name, [fn, message]] of Object.entries(refused)) {
  Deno.test(`a function is refused: ${name}`, async () => {
    await using engines = await createEngines();
    const layer = ofFunction(fn);
    for (const engine of [engines.tested, engines.cpu]) {
      await assert.rejects(
        async () =>
          await evaluate(
            engine,
            (x) => layer.reverse({}, layer.forward({}, x!).trace, x!),
            [[2, 3]],
            [numbers([2, 3], name)],
          ),
        (error) => error instanceof UserError && message.test(error.message),
      );
    }
  });
}

Deno.test("TensorFlow.js's own gradients are back after a function has run, and after one has failed", async () => {
  await using engines = await createEngines();
  const names = ["Sigmoid", "Max", "Pow", "Elu", "Equal"];
  const own = () => names.map((name) => tf.getGradient(name));
  const before = own();
  assert.deepEqual(before.map((gradient) => Boolean(gradient)), [true, true, true, true, false]);
  for (const engine of [engines.tested, engines.cpu]) {
    await evaluate(engine, (x) => tf.sigmoid(x!), [[2]], [numbers([2], "x")]);
    await assert.rejects(async () =>
      await evaluate(
        engine,
        () => {
          throw new Error("here");
        },
        [[2]],
        [numbers([2], "x")],
      )
    );
    own().forEach((gradient, i) => assert.equal(gradient, before[i]));
  }
});
