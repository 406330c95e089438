import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { normal, random } from "../../lib/data/random.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { averagePool } from "../../lib/layers/average_pool.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { globalAveragePool } from "../../lib/layers/global_average_pool.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { localResponseNorm } from "../../lib/layers/local_response_norm.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { prelu } from "../../lib/layers/prelu.ts";
import { relu } from "../../lib/layers/relu.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { sigmoid } from "../../lib/layers/sigmoid.ts";
import { tanh } from "../../lib/layers/tanh.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { createEngines, type Fn, numbers } from "../engine/engines.ts";
import { evaluate } from "../engine/engines.ts";

/** A layer, the shape of one sample, and whether numbers are halves, so that windows tie. */
interface Example {
  readonly layer: Layer;
  readonly inputShape: readonly number[];
  readonly ties?: boolean;
}

const samples = 3;
const deviation = 0.5;

/** Layers of any trace: what a layer makes of its own trace is its own affair. */
const of = (layer: unknown): Layer => layer as Layer;

const examples: Record<string, Example> = {
  dense: { layer: of(dense(4, { deviation })), inputShape: [5] },
  conv2d: { layer: of(conv2d(3, 3, { deviation })), inputShape: [2, 6, 5] },
  "conv2d, pad 1": { layer: of(conv2d(3, 3, { pad: 1, deviation })), inputShape: [2, 4, 5] },
  "conv2d, stride 2, rows left over": {
    layer: of(conv2d(3, 3, { stride: 2, deviation })),
    inputShape: [2, 6, 7],
  },
  "conv2d, stride 2, pad 2": {
    layer: of(conv2d(3, 5, { stride: 2, pad: 2, deviation })),
    inputShape: [2, 7, 6],
  },
  "conv2d, 2 groups": {
    layer: of(conv2d(6, 3, { pad: 1, groups: 2, deviation })),
    inputShape: [4, 4, 5],
  },
  "conv2d, a group a channel, stride 2": {
    layer: of(conv2d(3, 3, { stride: 2, pad: 1, groups: 3, deviation })),
    inputShape: [3, 5, 6],
  },
  relu: { layer: of(relu()), inputShape: [2, 3, 3] },
  "relu, zeros": { layer: of(relu()), inputShape: [20], ties: true },
  "maxPool 2": { layer: of(maxPool(2)), inputShape: [2, 4, 6] },
  "maxPool 3": { layer: of(maxPool(3)), inputShape: [2, 3, 6] },
  "maxPool, tied windows": { layer: of(maxPool(2)), inputShape: [3, 6, 6], ties: true },
  "maxPool 3, stride 2: AlexNet's": { layer: of(maxPool(3, { stride: 2 })), inputShape: [2, 7, 5] },
  "maxPool 3, stride 2, pad 1: ResNet's": {
    layer: of(maxPool(3, { stride: 2, pad: 1 })),
    inputShape: [2, 6, 8],
  },
  "maxPool 3, stride 1, pad 1, tied windows": {
    layer: of(maxPool(3, { stride: 1, pad: 1 })),
    inputShape: [2, 4, 5],
    ties: true,
  },
  "maxPool 2, rows and columns left over": { layer: of(maxPool(2)), inputShape: [2, 5, 7] },
  "maxPool 2, stride 3, gaps": { layer: of(maxPool(2, { stride: 3 })), inputShape: [1, 6, 8] },
  flatten: { layer: of(flatten()), inputShape: [2, 3, 4] },
  sigmoid: { layer: of(sigmoid()), inputShape: [2, 3, 3] },
  tanh: { layer: of(tanh()), inputShape: [7] },
  "prelu, a slope a channel": { layer: of(prelu()), inputShape: [3, 2, 2] },
  "prelu of a vector": { layer: of(prelu({ initial: -0.5 })), inputShape: [6] },
  "localResponseNorm": {
    layer: of(localResponseNorm({ size: 3, alpha: 0.5, beta: 0.75, k: 1 })),
    inputShape: [5, 2, 3],
  },
  "batchNorm of an image": { layer: of(batchNorm()), inputShape: [3, 2, 4] },
  "batchNorm of a vector": { layer: of(batchNorm({ epsilon: 0.1 })), inputShape: [5] },
  dropout: { layer: of(dropout(0.5)), inputShape: [2, 3, 4] },
  "dropout in a residual layer": {
    layer: of(residual(of(serial({ fc: of(dense(4, { deviation })), drop: of(dropout(0.5)) })))),
    inputShape: [4],
  },
  "conv2d without offsets": {
    layer: of(conv2d(3, 3, { pad: 1, bias: false, deviation })),
    inputShape: [2, 4, 4],
  },
  "averagePool 2": { layer: of(averagePool(2)), inputShape: [2, 4, 6] },
  "averagePool 3": { layer: of(averagePool(3)), inputShape: [1, 3, 6] },
  globalAveragePool: { layer: of(globalAveragePool()), inputShape: [3, 4, 5] },
  "residual, identity": {
    layer: of(residual(of(serial({
      conv1: of(conv2d(2, 3, { pad: 1, deviation })),
      relu: of(relu()),
      conv2: of(conv2d(2, 3, { pad: 1, deviation })),
    })))),
    inputShape: [2, 4, 4],
  },
  "residual, projected": {
    layer: of(residual(
      of(serial({ conv1: of(conv2d(4, 3, { stride: 2, pad: 1, deviation })), tanh: of(tanh()) })),
      { shortcut: of(conv2d(4, 1, { stride: 2, deviation })), activation: of(relu()) },
    )),
    inputShape: [2, 5, 5],
  },
  serial: {
    layer: of(serial({
      conv1: of(conv2d(3, 3, { pad: 1, deviation })),
      relu1: of(relu()),
      pool1: of(maxPool(2)),
      conv2: of(conv2d(4, 2, { deviation })),
      flatten: of(flatten()),
      fc1: of(dense(5, { deviation })),
      relu2: of(relu()),
      fc2: of(dense(4, { deviation })),
    })),
    inputShape: [2, 6, 8],
  },
  "serial in serial": {
    layer: of(serial({
      features: of(serial({ conv: of(conv2d(2, 3, { deviation })), relu: of(relu()) })),
      classifier: of(serial({ flatten: of(flatten()), fc: of(dense(3, { deviation })) })),
    })),
    inputShape: [1, 4, 4],
  },
};

/** A layer's parameters (biases and statistics that are not 0 and 1), masks and input, and how to run functions of them. */
function prepare(name: string, { layer, inputShape, ties = false }: Example) {
  const { outputShape, weights, masks = {} } = layer.init(
    inputShape,
    normal(random("layers", name)),
  );
  const x = numbers([samples, ...inputShape], name);
  const names = [...Object.keys(weights), ...Object.keys(masks)];
  const maskShapes = Object.values(masks).map(({ shape }) => [samples, ...shape]);
  const arrays = [
    ...Object.entries(weights).map(([key, { shape, data }]) =>
      /bias$|running_mean$/.test(key)
        ? numbers(shape, key)
        : key.endsWith("running_var")
        ? numbers(shape, key).map((x) => x ** 2 + 0.1)
        : data
    ),
    ...maskShapes.map((shape, i) => numbers(shape, `mask ${i}`).map((x) => x < 0 ? 0 : 2)),
  ];
  const shapes = [...Object.values(weights).map(({ shape }) => shape), ...maskShapes];

  /** Runs a function of the parameters, x and other tensors. */
  function run(
    engine: Engine,
    fn: (
      weights: Record<string, tf.Tensor>,
      ...tensors: [tf.Tensor, ...tf.Tensor[]]
    ) => ReturnType<Fn>,
    others: readonly { shape: readonly number[]; data: Float32Array }[] = [],
  ): Promise<readonly Float32Array[]> {
    const split: Fn = (...tensors) => {
      const parameters = Object.fromEntries(names.map((key, i) => [key, tensors[i]!]));
      return fn(parameters, ...tensors.slice(names.length) as [tf.Tensor, ...tf.Tensor[]]);
    };
    const input = ties ? x.map((value) => Math.round(value)) : x;
    const all = [...shapes, [samples, ...inputShape], ...others.map(({ shape }) => shape)];
    return evaluate(engine, split, all, [...arrays, input, ...others.map(({ data }) => data)])
      .then(({ arrays }) => arrays);
  }
  const array = (shape: readonly number[], key: string) => ({
    shape,
    data: numbers(shape, `${name} ${key}`),
  });
  return { outputShape, run, array };
}

for (const [name, example] of Object.entries(examples)) {
  const { layer, inputShape } = example;

  Deno.test(`${name}: the reverse layer is the gradient of any functions of the output`, async () => {
    await using engines = await createEngines();
    const { outputShape, run, array } = prepare(name, example);
    for (const rows of [1, 3]) {
      const seeds = array([samples, rows, ...outputShape], "seeds");
      const [expected] = await run(engines.cpu, (weights, x, seeds) => {
        const row = (k: number) => tf.squeeze(tf.slice(seeds!, [0, k], [samples, 1]), [1]);
        const gradient = (k: number) =>
          tf.grad((x) => tf.sum(tf.mul(layer.forward(weights, x).output, row(k))))(x);
        return tf.stack(Array.from({ length: rows }, (_, k) => gradient(k)), 1);
      }, [seeds]);
      for (const engine of [engines.onnx, engines.cpu]) {
        const [actual] = await run(engine, (weights, x, seeds) => {
          const flow = tf.reshape(seeds!, [samples * rows, ...outputShape]);
          const gradient = layer.reverse(weights, layer.forward(weights, x).trace, flow);
          assert.deepEqual(gradient.shape, [samples * rows, ...inputShape]);
          return gradient;
        }, [seeds]);
        assertClose(actual!, expected!);
      }
    }
  });

  Deno.test(`${name}: linearize takes a x + u to a f(x) + J u`, async () => {
    await using engines = await createEngines();
    const { outputShape, run, array } = prepare(name, example);
    const others = [
      array([samples, 1], "a"),
      array([samples, ...inputShape], "u"),
      array([samples, ...outputShape], "seeds"),
    ];
    const scale = (a: tf.Tensor, x: tf.Tensor) =>
      tf.mul(tf.reshape(a, [samples, ...x.shape.slice(1).map(() => 1)]), x);
    const perSample = (x: tf.Tensor) => tf.sum(tf.reshape(x, [samples, -1]), 1);
    for (const engine of [engines.onnx, engines.cpu]) {
      // <seeds, a f(x) + J u> = a <seeds, f(x)> + <J^T seeds, u>, with J^T seeds by TensorFlow.js.
      const [actual, expected] = await run(engine, (weights, x, a, u, seeds) => {
        const { output, trace } = layer.forward(weights, x);
        const expansion = layer.linearize(weights, trace, tf.add(scale(a!, x), u!), a!);
        assert.deepEqual(expansion.shape, [samples, ...outputShape]);
        const gradient = tf.grad((x) => tf.sum(tf.mul(layer.forward(weights, x).output, seeds!)))(
          x,
        );
        return [
          perSample(tf.mul(expansion, seeds!)),
          tf.add(perSample(tf.mul(scale(a!, output), seeds!)), perSample(tf.mul(gradient, u!))),
        ];
      }, others);
      assertClose(actual!, expected!);
    }
  });

  Deno.test(`${name}: the output has the shape that init says, on both backends`, async () => {
    await using engines = await createEngines();
    const { outputShape, run } = prepare(name, example);
    const forward = (engine: Engine) =>
      run(engine, (weights, x) => {
        const { output } = layer.forward(weights, x);
        assert.deepEqual(output.shape, [samples, ...outputShape]);
        return output;
      });
    assertClose((await forward(engines.onnx))[0]!, (await forward(engines.cpu))[0]!);
  });
}

Deno.test("linearize is the expansion, checked by finite differences", async () => {
  await using engines = await createEngines();
  const { layer, inputShape } = examples.serial!;
  const { run, array } = prepare("serial", examples.serial!);
  const step = 2 ** -10;
  const others = [array([samples, ...inputShape], "u")];
  const forward = (sign: number) =>
    run(
      engines.cpu,
      (weights, x, u) => layer.forward(weights, tf.add(x, tf.mul(u!, sign * step))).output,
      others,
    );
  const [[ahead], [behind]] = [await forward(1), await forward(-1)];
  const slopes = ahead!.map((value, i) => (value - behind![i]!) / (2 * step));
  const [actual] = await run(engines.onnx, (weights, x, u) => {
    const { trace } = layer.forward(weights, x);
    return layer.linearize(weights, trace, u!, tf.zeros([samples, 1]));
  }, others);
  assertClose(actual!, slopes, { relative: 1e-3 });
});

Deno.test("layers begin with the deviation they are told and biases of 0; the same source, the same numbers", () => {
  const draw = () =>
    dense(100, { deviation: 0.2 }).init([100], normal(random("deviation"))).weights;
  const { weight, bias } = draw();
  const squares = weight!.data.reduce((sum, value) => sum + value * value, 0);
  assertClose([Math.sqrt(squares / weight!.data.length)], [0.2], { relative: 0.05 });
  assert.ok(bias!.data.every((value) => value === 0));
  assert.deepEqual(draw().weight, weight);
});

Deno.test("batchNorm is PyTorch's: (x - running_mean) / sqrt(running_var + epsilon) weight + bias", async () => {
  await using engines = await createEngines();
  const inputs = {
    x: [1, 2, 1, 2],
    weight: [2],
    bias: [2],
    running_mean: [2],
    running_var: [2],
  };
  const run = await engines.onnx.compile(
    ({ x, ...weights }) => ({ y: batchNorm({ epsilon: 1 }).forward(weights, x!).output }),
    inputs,
  );
  const { y } = await run({
    x: Float32Array.of(1, 3, -2, 0),
    weight: Float32Array.of(2, 3),
    bias: Float32Array.of(10, 20),
    running_mean: Float32Array.of(2, -1),
    running_var: Float32Array.of(3, 8),
  });
  assertClose(y!, [10 - 2 / 2, 10 + 2 / 2, 20 - 3 / 3, 20 + 3 / 3]);
});

Deno.test("layers of layers name the masks among their weights, with shapes and rates", () => {
  const block = of(residual(of(serial({ relu: of(relu()), drop: of(dropout(0.2)) }))));
  const { masks } = serial({ block, flatten: of(flatten()), drop: of(dropout(0.5)) })
    .init([2, 3, 3], () => 0);
  assert.deepEqual(masks, {
    "block.drop.mask": { shape: [2, 3, 3], rate: 0.2 },
    "drop.mask": { shape: [18], rate: 0.5 },
  });
});

Deno.test("layers of layers name the buffers among their parameters", () => {
  const bn = of(batchNorm());
  const block = of(
    residual(of(serial({ conv: of(conv2d(2, 3, { pad: 1 })), bn })), { shortcut: bn }),
  );
  const { buffers } = serial({ block, bn, relu: of(relu()) }).init([2, 4, 4], () => 0);
  assert.deepEqual(buffers, [
    "block.bn.running_mean",
    "block.bn.running_var",
    "block.downsample.running_mean",
    "block.downsample.running_var",
    "bn.running_mean",
    "bn.running_var",
  ]);
});

Deno.test("serial names parameters after its layers, in order", () => {
  const { outputShape, weights } = examples.serial!.layer.init([2, 6, 8], () => 0);
  assert.deepEqual(outputShape, [4]);
  assert.deepEqual(
    Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    {
      "conv1.weight": [3, 2, 3, 3],
      "conv1.bias": [3],
      "conv2.weight": [4, 3, 2, 2],
      "conv2.bias": [4],
      "fc1.weight": [5, 24],
      "fc1.bias": [5],
      "fc2.weight": [4, 5],
      "fc2.bias": [4],
    },
  );
});

const misfits: Record<string, Example & { message: RegExp }> = {
  "dense on an image": { layer: of(dense(3)), inputShape: [1, 4, 4], message: /vector.*\[1,4,4\]/ },
  "dense on nothing": { layer: of(dense(3)), inputShape: [0], message: /\[0\]/ },
  "conv2d on a vector": {
    layer: of(conv2d(3, 3)),
    inputShape: [9],
    message: /at least 3x3.*\[9\]/,
  },
  "conv2d on a small image": {
    layer: of(conv2d(3, 5)),
    inputShape: [1, 4, 8],
    message: /at least 5x5.*\[1,4,8\]/,
  },
  "conv2d with groups that do not divide the channels": {
    layer: of(conv2d(4, 3, { groups: 2 })),
    inputShape: [3, 4, 4],
    message: /2 groups divide, got 3 and 4/,
  },
  "maxPool on a small image": {
    layer: of(maxPool(4, { pad: 1 })),
    inputShape: [1, 1, 5],
    message: /at least 2x2.*\[1,1,5\]/,
  },
  "maxPool with more padding than half a window": {
    layer: of(maxPool(3, { pad: 2 })),
    inputShape: [1, 4, 5],
    message: /at most half the window of 3.* and 2/,
  },
  "dropout of everything": {
    layer: of(dropout(1)),
    inputShape: [3],
    message: /rate in \[0, 1\), got 1/,
  },
  "averagePool that does not tile": {
    layer: of(averagePool(2)),
    inputShape: [1, 4, 5],
    message: /multiples of 2.*\[1,4,5\]/,
  },
  "maxPool on a vector": { layer: of(maxPool(2)), inputShape: [4], message: /\[4\]/ },
  "serial, in the middle": {
    layer: of(serial({ conv: of(conv2d(3, 4)), pool: of(averagePool(2)) })),
    inputShape: [1, 8, 8],
    message: /pool.*multiples of 2.*\[3,5,5\]/,
  },
};

Deno.test("a chain refuses a whole number among other names, which JavaScript puts first", () => {
  for (const name of ["0", "12"]) {
    assert.throws(
      () => serial({ fc: of(dense(3)), [name]: of(relu()) }),
      (error) => error instanceof UserError && error.message.endsWith(`got ${name},fc`),
    );
  }
});

Deno.test("a chain of whole numbers is in their order, as PyTorch's Sequential has them", () => {
  const chain = serial({ 10: of(dense(3)), 2: of(dense(4)) });
  assert.deepEqual(Object.keys(chain.init([5], () => 0).weights), [
    "2.weight",
    "2.bias",
    "10.weight",
    "10.bias",
  ]);
});

for (const [name, { layer, inputShape, message }] of Object.entries(misfits)) {
  Deno.test(`a misfit names what was expected and the shape that came: ${name}`, () => {
    assert.throws(() => layer.init(inputShape, () => 0), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  });
}
