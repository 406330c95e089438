import assert from "node:assert/strict";
import { predict } from "../../lib/compute/predict.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { calibrate } from "../../lib/networks/calibrate.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { assertClose } from "../closeness.ts";
import { smallMlp, smallSplit } from "../small_problem.ts";

const deviation = 0.7;
const of = (layers: Record<string, unknown>) =>
  serial(layers as Record<string, Layer>) as unknown as Layer;

/** Not a multiple of the chunks' size. */
const { images } = smallSplit(70, "calibrate");

const layers = {
  conv1: conv2d(3, 3, { deviation }),
  bn1: batchNorm(),
  relu1: relu(),
  block: residual(of({ conv: conv2d(3, 3, { pad: 1, deviation }), bn: batchNorm() })),
  flatten: flatten(),
  fc1: dense(6, { deviation }),
  bn2: batchNorm(),
  relu2: relu(),
  fc2: dense(4, { deviation }),
};
const network = defineNetwork({ name: "normalised", inputShape: [1, 6, 6], layers: of(layers) });

/** The network as far as a layer, its output as a vector. */
function upTo(last: string, others: Record<string, unknown> = {}) {
  const names = Object.keys(layers);
  const first = Object.entries(layers).slice(0, names.indexOf(last) + 1);
  const cut = of({ ...Object.fromEntries(first), ...others, end: flatten() });
  return defineNetwork({ name: last, inputShape: [1, 6, 6], layers: cut });
}

/** The means and variances of every channel of a cut network's output, in double precision. */
async function moments(cut: ReturnType<typeof upTo>, weights: Weights, channels: number) {
  await using engine = await createEngine({ workers: 1 });
  const own = Object.fromEntries(
    Object.keys(cut.parameters).map((name) => [name, weights[name]!]),
  );
  const { logits } = await predict(engine, { network: cut, weights: own }, images);
  const positions = cut.classes / channels;
  return Array.from({ length: channels }, (_, c) => {
    const values = logits.filter((_, i) => Math.floor(i % cut.classes / positions) === c);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, variance };
  });
}

Deno.test("calibrated, every batch normalisation gives mean 0 and variance 1 on the images", async () => {
  await using engine = await createEngine({ workers: 1 });
  const weights = await calibrate(engine, { network, weights: network.init(1) }, images);
  for (const [last, channels] of [["bn1", 3], ["bn2", 6]] as const) {
    for (const { mean, variance } of await moments(upTo(last), weights, channels)) {
      assert.ok(Math.abs(mean) < 1e-5, `${last}: mean ${mean}`);
      assert.ok(Math.abs(variance - 1) < 1e-4, `${last}: variance ${variance}`);
    }
  }
  const inBlock = upTo("relu1", { block: of({ conv: conv2d(3, 3, { pad: 1 }) }) });
  const seen = await moments(inBlock, weights, 3);
  const [means, variances] = ["mean", "var"].map((name) => weights[`block.bn.running_${name}`]!);
  assertClose(means!.data, seen.map(({ mean }) => mean));
  assertClose(variances!.data, seen.map(({ variance }) => variance));
});

Deno.test("calibrating sets the buffers alone, in new weights", async () => {
  await using engine = await createEngine({ workers: 1 });
  const before = network.init(1);
  const after = await calibrate(engine, { network, weights: before }, images);
  assert.deepEqual(before, network.init(1));
  assert.deepEqual(Object.keys(after), Object.keys(network.parameters));
  for (const [name, { shape, data }] of Object.entries(after)) {
    assert.deepEqual(shape, network.parameters[name]);
    if (network.buffers.includes(name)) assert.notDeepEqual(data, before[name]!.data);
    else assert.deepEqual(data, before[name]!.data);
  }
});

Deno.test("buffers that are no statistics keep their values", async () => {
  for (const backend of ["onnx", "cpu"] as const) {
    await using engine = await createEngine({ workers: 1, backend });
    const scaled = of({ mean: addConstant([1], { initial: 3 }), flatten: flatten() });
    const only = defineNetwork({ name: "scaled", inputShape: [1, 6, 6], layers: scaled });
    const before = only.init(1);
    assert.deepEqual(await calibrate(engine, { network: only, weights: before }, images), before);
    const both = of({ mean: addConstant([1], { initial: 3 }), ...layers });
    const all = defineNetwork({ name: "both", inputShape: [1, 6, 6], layers: both });
    const after = await calibrate(engine, { network: all, weights: all.init(1) }, images);
    assert.deepEqual(after["mean.value"]!.data, Float32Array.of(3));
    assert.notDeepEqual(after["bn1.running_mean"]!.data, new Float32Array(3));
  }
});

Deno.test("a network without buffers keeps its weights", async () => {
  await using engine = await createEngine({ workers: 1 });
  const weights = smallMlp().init(1);
  assert.equal(await calibrate(engine, { network: smallMlp(), weights }, images), weights);
});

/** Weights and images that do not fit the network, and what is said of them. */
const refused: Readonly<Record<string, [Weights, Float32Array, RegExp]>> = {
  "NaN in an image": [
    network.init(1),
    images.with(3 * 36, NaN),
    /expected images of finite numbers, got NaN in image 3$/,
  ],
  "a wrong number of values": [
    network.init(1),
    images.slice(0, 5 * 36 + 7),
    /expected images of 36 numbers each, got 187 numbers$/,
  ],
  "no images": [network.init(1), new Float32Array(0), /expected images, got 0$/],
  "numbers in a list": [
    network.init(1),
    [...images] as unknown as Float32Array,
    /expected images as a Float32Array, got Array$/,
  ],
  "no weights": [{}, images, /expected a tensor conv1\.weight, got no tensors$/],
  "NaN in a weight": [
    { ...network.init(1), "fc2.bias": { shape: [4], data: Float32Array.of(0, NaN, 0, 0) } },
    images,
    /expected weights of finite numbers, got NaN in fc2\.bias$/,
  ],
};

for (const [name, [weights, images, message]] of Object.entries(refused)) {
  Deno.test(`calibrating refuses ${name}`, async () => {
    await using engine = await createEngine({ workers: 1 });
    await assert.rejects(calibrate(engine, { network, weights }, images), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /measuring the statistics of normalised: /);
      assert.match(error.message, message);
      return true;
    });
  });
}
