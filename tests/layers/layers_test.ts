import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { normal, random } from "../../lib/engine/random.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { sigmoid } from "../../lib/layers/activations/sigmoid.ts";
import { tanh } from "../../lib/layers/activations/tanh.ts";
import { elu, selu } from "../../lib/layers/activations/elu.ts";
import { gelu } from "../../lib/layers/activations/gelu.ts";
import { silu } from "../../lib/layers/activations/silu.ts";
import { softmax } from "../../lib/layers/activations/softmax.ts";
import { softplus } from "../../lib/layers/activations/softplus.ts";
import { groupNorm } from "../../lib/layers/normalizations/group_norm.ts";
import { layerNorm } from "../../lib/layers/normalizations/layer_norm.ts";
import { averagePool } from "../../lib/layers/average_pool.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { drawParameters } from "../../lib/layers/draw_parameters.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { globalAveragePool } from "../../lib/layers/global_average_pool.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { localResponseNorm } from "../../lib/layers/local_response_norm.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { assertClose } from "../closeness.ts";
import { createEngines } from "../engine/engines.ts";
import { checkLayer, type Example, prepare, samples } from "./check_layer.ts";

const deviation = 0.5;

const examples: Record<string, Example> = {
  dense: { layer: dense(4, { deviation }), inputShape: [5] },
  conv2d: { layer: conv2d(3, 3, { deviation }), inputShape: [2, 6, 5] },
  "conv2d, pad 1": { layer: conv2d(3, 3, { pad: 1, deviation }), inputShape: [2, 4, 5] },
  "conv2d, stride 2, rows left over": {
    layer: conv2d(3, 3, { stride: 2, deviation }),
    inputShape: [2, 6, 7],
  },
  "conv2d, stride 2, pad 2": {
    layer: conv2d(3, 5, { stride: 2, pad: 2, deviation }),
    inputShape: [2, 7, 6],
  },
  "conv2d, 2 groups": {
    layer: conv2d(6, 3, { pad: 1, groups: 2, deviation }),
    inputShape: [4, 4, 5],
  },
  "conv2d, a group a channel, stride 2": {
    layer: conv2d(3, 3, { stride: 2, pad: 1, groups: 3, deviation }),
    inputShape: [3, 5, 6],
  },
  "conv2d, rectangular, padded unevenly": {
    layer: conv2d(3, [2, 3], { stride: [1, 2], pad: [0, 1, 2, 1], deviation }),
    inputShape: [2, 4, 6],
  },
  "conv2d, dilated, with a stride": {
    layer: conv2d(4, 3, { dilation: [2, 1], stride: [2, 3], pad: 2, groups: 2, deviation }),
    inputShape: [2, 7, 6],
  },
  "dense without offsets, weight transposed": {
    layer: dense(4, { deviation, bias: false, transposed: true }),
    inputShape: [5],
  },
  relu: { layer: relu(), inputShape: [2, 3, 3] },
  "relu, zeros": { layer: relu(), inputShape: [20], ties: true },
  "maxPool 2": { layer: maxPool(2), inputShape: [2, 4, 6] },
  "maxPool 3": { layer: maxPool(3), inputShape: [2, 3, 6] },
  "maxPool, tied windows": { layer: maxPool(2), inputShape: [3, 6, 6], ties: true },
  "maxPool 3, stride 2: AlexNet's": { layer: maxPool(3, { stride: 2 }), inputShape: [2, 7, 5] },
  "maxPool 3, stride 2, pad 1: ResNet's": {
    layer: maxPool(3, { stride: 2, pad: 1 }),
    inputShape: [2, 6, 8],
  },
  "maxPool 3, stride 1, pad 1, tied windows": {
    layer: maxPool(3, { stride: 1, pad: 1 }),
    inputShape: [2, 4, 5],
    ties: true,
  },
  "maxPool 2, rows and columns left over": { layer: maxPool(2), inputShape: [2, 5, 7] },
  "maxPool 2, stride 3, gaps": { layer: maxPool(2, { stride: 3 }), inputShape: [1, 6, 8] },
  "maxPool, rectangular, padded unevenly, tied windows": {
    layer: maxPool([3, 2], { stride: [2, 1], pad: [1, 0, 2, 1] }),
    inputShape: [2, 5, 4],
    ties: true,
  },
  flatten: { layer: flatten(), inputShape: [2, 3, 4] },
  sigmoid: { layer: sigmoid(), inputShape: [2, 3, 3] },
  tanh: { layer: tanh(), inputShape: [7] },
  elu: { layer: elu({ alpha: 0.7 }), inputShape: [2, 3, 3] },
  selu: { layer: selu(), inputShape: [9] },
  gelu: { layer: gelu(), inputShape: [9] },
  "gelu, by the hyperbolic tangent": { layer: gelu({ approximate: true }), inputShape: [9] },
  silu: { layer: silu(), inputShape: [2, 3, 3] },
  softplus: { layer: softplus(), inputShape: [9] },
  "softmax of a vector": { layer: softmax(), inputShape: [5] },
  "softmax of rows": { layer: softmax(), inputShape: [2, 3, 4] },
  "softmax of channels": { layer: softmax({ axes: [1] }), inputShape: [3, 2, 2] },
  "softmax of an image": { layer: softmax({ axes: [2, 3] }), inputShape: [2, 2, 3] },
  layerNorm: { layer: layerNorm(), inputShape: [3, 5] },
  "layerNorm of two axes": { layer: layerNorm({ axes: 2, epsilon: 0.1 }), inputShape: [2, 3, 4] },
  "groupNorm of an image": { layer: groupNorm(2), inputShape: [4, 3, 2] },
  "groupNorm, a group per channel": { layer: groupNorm(), inputShape: [2, 3, 3] },
  "dense along the last axis": {
    layer: dense(4, { deviation, alongLast: true }),
    inputShape: [2, 3, 5],
  },
  "prelu, a slope a channel": { layer: prelu(), inputShape: [3, 2, 2] },
  "prelu of a vector": { layer: prelu({ initial: -0.5 }), inputShape: [6] },
  "localResponseNorm": {
    layer: localResponseNorm({ size: 3, alpha: 0.5, beta: 0.75, k: 1 }),
    inputShape: [5, 2, 3],
  },
  "batchNorm of an image": { layer: batchNorm(), inputShape: [3, 2, 4] },
  "batchNorm of a vector": { layer: batchNorm({ epsilon: 0.1 }), inputShape: [5] },
  dropout: { layer: dropout(0.5), inputShape: [2, 3, 4] },
  "dropout in a residual layer": {
    layer: residual(serial({ fc: dense(4, { deviation }), drop: dropout(0.5) })),
    inputShape: [4],
  },
  "conv2d without offsets": {
    layer: conv2d(3, 3, { pad: 1, bias: false, deviation }),
    inputShape: [2, 4, 4],
  },
  "averagePool 2": { layer: averagePool(2), inputShape: [2, 4, 6] },
  "averagePool 3": { layer: averagePool(3), inputShape: [1, 3, 6] },
  "averagePool 3, stride 2, pad 1, padding not counted": {
    layer: averagePool(3, { stride: 2, pad: 1 }),
    inputShape: [2, 5, 6],
  },
  "averagePool, rectangular, some padding counted": {
    layer: averagePool([2, 3], { stride: [1, 2], pad: [1, 1, 1, 2], counted: [1, 0, 0, 1] }),
    inputShape: [2, 4, 5],
  },
  "averagePool 2, a row left over": { layer: averagePool(2, { stride: 2 }), inputShape: [2, 5, 4] },
  globalAveragePool: { layer: globalAveragePool(), inputShape: [3, 4, 5] },
  "residual, identity": {
    layer: residual(serial({
      conv1: conv2d(2, 3, { pad: 1, deviation }),
      relu: relu(),
      conv2: conv2d(2, 3, { pad: 1, deviation }),
    })),
    inputShape: [2, 4, 4],
  },
  "residual, projected": {
    layer: residual(
      serial({ conv1: conv2d(4, 3, { stride: 2, pad: 1, deviation }), tanh: tanh() }),
      { shortcut: conv2d(4, 1, { stride: 2, deviation }), activation: relu() },
    ),
    inputShape: [2, 5, 5],
  },
  serial: {
    layer: serial({
      conv1: conv2d(3, 3, { pad: 1, deviation }),
      relu1: relu(),
      pool1: maxPool(2),
      conv2: conv2d(4, 2, { deviation }),
      flatten: flatten(),
      fc1: dense(5, { deviation }),
      relu2: relu(),
      fc2: dense(4, { deviation }),
    }),
    inputShape: [2, 6, 8],
  },
  "serial in serial": {
    layer: serial({
      features: serial({ conv: conv2d(2, 3, { deviation }), relu: relu() }),
      classifier: serial({ flatten: flatten(), fc: dense(3, { deviation }) }),
    }),
    inputShape: [1, 4, 4],
  },
};

for (const [name, example] of Object.entries(examples)) checkLayer(name, example);

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
  const [actual] = await run(engines.tested, (weights, x, u) => {
    const { trace } = layer.forward(weights, x);
    return layer.linearize(weights, trace, u!, tf.zeros([samples, 1]));
  }, others);
  assertClose(actual!, slopes, { relative: 1e-3 });
});

Deno.test("layers begin with the deviation they are told and biases of 0; the same source, the same numbers", () => {
  const { parameters = {} } = dense(100, { deviation: 0.2 }).describe([100]);
  const draw = () => drawParameters(parameters, normal(random("deviation")));
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
  const run = await engines.tested.compile(
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
  const block = residual(serial({ relu: relu(), drop: dropout(0.2) }));
  const { masks } = serial({ block, flatten: flatten(), drop: dropout(0.5) })
    .describe([2, 3, 3]);
  assert.deepEqual(masks, {
    "block.drop.mask": { shape: [2, 3, 3], rate: 0.2 },
    "drop.mask": { shape: [18], rate: 0.5 },
  });
});

Deno.test("layers of layers name the buffers among their parameters", () => {
  const bn = batchNorm();
  const block = residual(serial({ conv: conv2d(2, 3, { pad: 1 }), bn }), { shortcut: bn });
  const { parameters = {} } = serial({ block, bn, relu: relu() }).describe([2, 4, 4]);
  const buffers = Object.keys(parameters).filter((name) => parameters[name]!.buffer);
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
  const { outputShape, parameters = {} } = examples.serial!.layer.describe([2, 6, 8]);
  assert.deepEqual(outputShape, [4]);
  assert.deepEqual(
    Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape])),
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

Deno.test("a chain refuses a whole number among other names, which JavaScript puts first", () => {
  for (const name of ["0", "12"]) {
    assert.throws(
      () => serial({ fc: dense(3) as unknown as Layer, [name]: relu() as unknown as Layer }),
      (error) => error instanceof UserError && error.message.endsWith(`got ${name},fc`),
    );
  }
});

Deno.test("a chain of whole numbers is in their order, as PyTorch's Sequential has them", () => {
  const chain = serial({
    10: dense(3) as unknown as Layer,
    2: dense(4) as unknown as Layer,
  });
  const names = Object.keys(chain.describe([5]).parameters!);
  assert.deepEqual(names, ["2.weight", "2.bias", "10.weight", "10.bias"]);
});
