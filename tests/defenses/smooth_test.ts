import { prefixed, weightInputs } from "../../lib/networks/network_function.ts";
import assert from "node:assert/strict";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { rowMemory } from "../../lib/compute/row_memory.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { drawMasks } from "../../lib/compute/draw_masks.ts";
import * as tf from "@tensorflow/tfjs";
import { gelu } from "../../lib/layers/activations/gelu.ts";
import { silu } from "../../lib/layers/activations/silu.ts";
import { softmax } from "../../lib/layers/activations/softmax.ts";
import { einsum } from "../../lib/layers/junctions/einsum.ts";
import { matMul } from "../../lib/layers/junctions/mat_mul.ts";
import { maximum } from "../../lib/layers/junctions/maximum.ts";
import { groupNorm } from "../../lib/layers/normalizations/group_norm.ts";
import { layerNorm } from "../../lib/layers/normalizations/layer_norm.ts";
import { ofFunction } from "../../lib/layers/of_function.ts";
import { clip } from "../../lib/layers/activations/clip.ts";
import { hardSigmoid } from "../../lib/layers/activations/hard_sigmoid.ts";
import { hardSwish } from "../../lib/layers/activations/hard_swish.ts";
import { leakyRelu } from "../../lib/layers/activations/leaky_relu.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { mulConstant } from "../../lib/layers/constants/mul_constant.ts";
import { gather } from "../../lib/layers/gather.ts";
import { globalMaxPool } from "../../lib/layers/global_max_pool.ts";
import { add } from "../../lib/layers/junctions/add.ts";
import { div } from "../../lib/layers/junctions/div.ts";
import { mean } from "../../lib/layers/mean.ts";
import { pad } from "../../lib/layers/pad.ts";
import { reshape } from "../../lib/layers/reshape.ts";
import { slice } from "../../lib/layers/slice.ts";
import { transpose } from "../../lib/layers/transpose.ts";
import { averagePool } from "../../lib/layers/average_pool.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { globalAveragePool } from "../../lib/layers/global_average_pool.ts";
import { graph } from "../../lib/layers/graph.ts";
import { concat } from "../../lib/layers/junctions/concat.ts";
import { mul } from "../../lib/layers/junctions/mul.ts";
import { sub } from "../../lib/layers/junctions/sub.ts";
import { localResponseNorm } from "../../lib/layers/local_response_norm.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { sigmoid } from "../../lib/layers/activations/sigmoid.ts";
import { tanh } from "../../lib/layers/activations/tanh.ts";
import { defineNetwork, type Network, trainedNames } from "../../lib/networks/network.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallWeights } from "../small_problem.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";
import { batch, difference, key, relativeError, split, step } from "./step.ts";

const deviation = 0.6;

const networks = Object.entries({
  "tanh and sigmoid": serial({
    flatten: flatten(),
    fc1: dense(10, { deviation: 0.15 }),
    tanh: tanh(),
    fc2: dense(8, { deviation: 1 }),
    sigmoid: sigmoid(),
    fc3: dense(4, { deviation: 2 }),
  }),
  "prelu and average pooling": serial({
    conv1: conv2d(4, 3, { pad: 1, deviation }),
    prelu1: prelu(),
    pool: averagePool(2),
    flatten: flatten(),
    fc1: dense(8, { deviation }),
    prelu2: prelu({ initial: 0.1 }),
    fc2: dense(4, { deviation }),
  }),
  "local response normalisation": serial({
    conv1: conv2d(6, 3, { pad: 1, deviation }),
    norm: localResponseNorm({ size: 3, alpha: 0.3 }),
    relu: relu(),
    pool: averagePool(2),
    flatten: flatten(),
    fc: dense(4, { deviation }),
  }),
  "overlapping max-pooling and groups": serial({
    conv1: conv2d(4, 3, { pad: 1, deviation }),
    pool1: maxPool(3, { stride: 2, pad: 1 }),
    relu1: relu(),
    conv2: conv2d(6, 3, { pad: 1, groups: 2, deviation }),
    relu2: relu(),
    pool2: maxPool(2, { stride: 1 }),
    flatten: flatten(),
    fc: dense(4, { deviation }),
  }),
  "batch normalisation": serial({
    conv1: conv2d(4, 3, { pad: 1, deviation }),
    bn1: batchNorm(),
    relu1: relu(),
    block: residual(
      serial({ conv: conv2d(4, 3, { pad: 1, deviation }), bn: batchNorm() }),
    ),
    pool: averagePool(2),
    flatten: flatten(),
    fc1: dense(8, { deviation }),
    bn2: batchNorm(),
    relu2: relu(),
    fc2: dense(4, { deviation }),
  }),
  "dropout": serial({
    conv1: conv2d(4, 3, { pad: 1, deviation }),
    relu1: relu(),
    pool1: maxPool(2),
    drop1: dropout(0.5),
    block: residual(
      serial({ conv: conv2d(4, 3, { pad: 1, deviation }), drop: dropout(0.3) }),
    ),
    flatten: flatten(),
    fc1: dense(10, { deviation }),
    relu2: relu(),
    drop2: dropout(0.25),
    fc2: dense(4, { deviation }),
  }),
  "NIN's layers": serial({
    conv1: conv2d(6, 5, { pad: 2, deviation: 0.4 }),
    relu1: relu(),
    conv2: conv2d(5, 1, { deviation }),
    relu2: relu(),
    pool1: maxPool(2),
    drop1: dropout(0.5),
    conv3: conv2d(6, 3, { pad: 1, deviation }),
    relu3: relu(),
    conv4: conv2d(6, 1, { deviation }),
    relu4: relu(),
    pool2: averagePool(3),
    drop2: dropout(0.5),
    conv5: conv2d(6, 3, { pad: 1, deviation }),
    relu5: relu(),
    conv6: conv2d(4, 1, { deviation }),
    pool3: globalAveragePool(),
  }),
  "mlp_bn's layers": serial({
    flatten: flatten(),
    fc1: dense(12, { deviation: 0.3 }),
    bn1: batchNorm(),
    relu1: relu(),
    fc2: dense(8, { deviation: 0.4 }),
    bn2: batchNorm(),
    relu2: relu(),
    fc3: dense(4, { deviation }),
  }),
  "a graph": graph({
    conv: { layer: conv2d(3, 3, { pad: 1, deviation }), from: "input" },
    bn: { layer: batchNorm(), from: "conv" },
    drop: { layer: dropout(0.3), from: "bn" },
    sigmoid: { layer: sigmoid(), from: "bn" },
    gate: { layer: mul(), from: ["drop", "sigmoid"] },
    difference: { layer: sub(), from: ["gate", "bn"] },
    all: { layer: concat(), from: ["difference", "input", "drop"] },
    pool: { layer: maxPool(2), from: "all" },
    flatten: { layer: flatten(), from: "pool" },
    fc: { layer: dense(4, { deviation }), from: "flatten" },
  }, "fc"),
  "constants, windows and arrangement": serial({
    mean: addConstant([1, 1, 1], { initial: 0.1, minus: true }),
    deviation: mulConstant([], { initial: 0.8, divide: true }),
    conv1: conv2d(4, [2, 3], { pad: [1, 1, 0, 2], dilation: [1, 2], deviation }),
    bias: addConstant([4, 1, 1], { initial: 0.2, trained: true }),
    leaky: leakyRelu(0.2),
    turned: gather([3, 1, 0, 2]),
    shuffled: serial({
      apart: reshape([2, 2, 6, 5]),
      exchanged: transpose([2, 1, 3, 4]),
      together: reshape([4, 6, 5]),
    }),
    conv2: conv2d(4, 3, { pad: 1, dilation: 2, stride: 2, groups: 2, deviation }),
    clipped: clip({ low: -1, high: 1.5 }),
    padded: pad([[0, 0], [1, 0], [0, 2]], 0.5),
    cut: slice({ axis: 3, start: 0, end: 4, step: 2 }),
    pool: averagePool([2, 1], { stride: 1, pad: [1, 0, 0, 0], counted: [1, 0, 0, 0] }),
    flatten: flatten(),
    fc: dense(4, { deviation, transposed: true }),
  }),
  "squeeze and excite, quotients": graph({
    conv: { layer: conv2d(4, 3, { pad: 1, deviation }), from: "input" },
    swish: { layer: hardSwish(), from: "conv" },
    squeezed: { layer: mean([2, 3], { keepAxes: true }), from: "swish" },
    highest: { layer: globalMaxPool(), from: "conv" },
    both: { layer: add(), from: ["squeezed", "highest"] },
    gate: { layer: hardSigmoid(), from: "both" },
    excited: { layer: mul(), from: ["swish", "gate"] },
    soft: { layer: sigmoid(), from: "highest" },
    ratio: { layer: div(), from: ["excited", "soft"] },
    flatten: { layer: flatten(), from: "ratio" },
    fc: { layer: dense(4, { deviation: 0.2 }), from: "flatten" },
  }, "fc"),
  "functions in place of layers": serial({
    flatten: flatten(),
    fc1: ofFunction(
      (x, { weight }) => tf.selu(tf.matMul(x, weight!)),
      () => ({
        outputShape: [8],
        parameters: { weight: { shape: [36, 8], initial: (normal) => 0.2 * normal() } },
      }),
    ),
    centred: ofFunction((x) => tf.sub(x, tf.mul(tf.max(x, 1, true), 0.5))),
    mixed: ofFunction((x) => tf.add(tf.softmax(x), tf.mul(x, tf.sigmoid(x)))),
    fc2: dense(4, { deviation: 1 }),
  }),
  "attention and normalisations": graph({
    conv: { layer: conv2d(4, 2, { stride: 2, deviation }), from: "input" },
    groups: { layer: groupNorm(2), from: "conv" },
    gelu: { layer: gelu(), from: "groups" },
    tokens: { layer: serial({ rows: reshape([4, 9]), turned: transpose([2, 1]) }), from: "gelu" },
    norm: { layer: layerNorm(), from: "tokens" },
    q: { layer: dense(4, { deviation, alongLast: true }), from: "norm" },
    k: { layer: dense(4, { deviation, alongLast: true }), from: "norm" },
    v: { layer: dense(4, { deviation, alongLast: true }), from: "norm" },
    scores: { layer: einsum("nid,njd->nij"), from: ["q", "k"] },
    weights: { layer: softmax(), from: "scores" },
    attended: { layer: matMul(), from: ["weights", "v"] },
    sum: { layer: add(), from: ["attended", "tokens"] },
    larger: { layer: maximum(), from: ["sum", "v"] },
    silu: { layer: silu(), from: "larger" },
    pool: { layer: mean([1]), from: "silu" },
    fc: { layer: dense(4, { deviation: 2 }), from: "pool" },
  }, "fc"),
  "one weight used twice": graph({
    flatten: { layer: flatten(), from: "input" },
    fc1: { layer: dense(8, { deviation: 0.4 }), from: "flatten" },
    relu1: { layer: relu(), from: "fc1" },
    fc2: { layer: dense(8, { deviation }), from: "relu1", names: (own) => `tied.${own}` },
    leaky: { layer: leakyRelu(0.3), from: "fc2" },
    fc3: {
      layer: dense(8, { deviation }),
      from: "leaky",
      names: (own) => `tied.${own}`,
      shared: true,
    },
    relu3: { layer: relu(), from: "fc3" },
    fc4: { layer: dense(4, { deviation }), from: "relu3" },
  }, "fc4"),
  "residual": serial({
    conv1: conv2d(3, 3, { pad: 1, deviation }),
    block: residual(
      serial({ conv: conv2d(3, 3, { pad: 1, deviation }), relu: relu() }),
    ),
    down: residual(
      serial({
        conv: conv2d(5, 3, { stride: 2, pad: 1, deviation }),
        tanh: tanh(),
      }),
      {
        shortcut: conv2d(5, 1, { stride: 2, bias: false, deviation }),
        activation: relu(),
      },
    ),
    pool: globalAveragePool(),
    fc: dense(4, { deviation: 2 }),
  }),
}).map(([name, layers]) => defineNetwork({ name, inputShape: [1, 6, 6], layers }));

/** Dropout's masks of the batch's samples, one after another. */
function masksOfBatch({ masks }: Network) {
  const rows = Array.from({ length: batch }, (_, i) => drawMasks(masks, rowMemory(), ...key, i));
  return Object.fromEntries(
    Object.keys(masks).map((name) => [
      name,
      Float32Array.from(rows.flatMap((row) => [...row[name]!])),
    ]),
  );
}

for (const network of networks) {
  Deno.test(`Deep Defense on ${network.name}: the way back gives what taping everything gives`, async () => {
    const engine = await sharedEngine(1);
    const options = { c: 8, d: 0.05, iterations: 3 };
    const cheap = await step(engine, network, deepDefense(options));
    const plain = await step(engine, network, clean());
    const { fn, inputs } = tapedRegularizer(network, { chunk: batch, ...options });
    const target = new Float32Array(batch * network.classes);
    split.labels.forEach((label, i) => target[i * network.classes + label] = 1);
    const taped = await (await engine.compile(fn, inputs))({
      ...weightInputs(arraysOf(smallWeights(network, "step"))),
      ...prefixed("mask", masksOfBatch(network)),
      x: split.images,
      target,
      share: new Float32Array(batch).fill(15 / batch),
    });
    const [value, twin] = [cheap.regularizer, taped.regularizer![0]!];
    assert.ok(Math.abs(value - twin) < 1e-4 * Math.abs(twin), `${value} is not ${twin}`);
    const expected = Object.fromEntries(
      trainedNames(network).map((name) => [name, taped[`gradient:${name}`]!]),
    );
    const error = relativeError(difference(cheap.gradients, plain.gradients), expected);
    assert.ok(error < 1e-4, `relative error ${error}`);
  });
}
