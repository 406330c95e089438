import assert from "node:assert/strict";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { batchNorm, type Statistics } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { predict } from "../../lib/compute/predict.ts";
import { sgd } from "../../lib/training/sgd.ts";
import { train, type TrainOptions } from "../../lib/training/train.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";

const networkWith = (statistics: Statistics): Network =>
  defineNetwork({
    name: statistics,
    inputShape: [2, 2, 2],
    layers: serial({
      conv: conv2d(2, 1),
      bn: batchNorm({ statistics }),
      relu: relu(),
      flatten: flatten(),
      fc: dense(3),
    }),
  });
const [network, frozen] = [networkWith("batch"), networkWith("running")];

const wave = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(step * i + 1));

const start: Weights = {
  "conv.weight": { shape: [2, 2, 1, 1], data: wave(4, 1.1) },
  "conv.bias": { shape: [2], data: wave(2, 1.3) },
  "bn.weight": { shape: [2], data: Float32Array.of(1.5, 0.5) },
  "bn.bias": { shape: [2], data: Float32Array.of(0.1, -0.2) },
  "bn.running_mean": { shape: [2], data: Float32Array.of(0, 0) },
  "bn.running_var": { shape: [2], data: Float32Array.of(1, 1) },
  "fc.weight": { shape: [3, 8], data: wave(24, 0.9) },
  "fc.bias": { shape: [3], data: wave(3, 0.5) },
};

/** Channels with means of about 1 and -2. */
function splitOf(count: number) {
  const images = wave(8 * count, 0.7).map((x, i) => 3 * x + (i % 8 < 4 ? 1 : -2));
  return { images, labels: Uint16Array.from({ length: count }, (_, i) => i % 3), count };
}

const plainStep: TrainOptions = {
  start,
  epochs: 1,
  learningRates: [1],
  optimizer: sgd({ momentum: 0, weightDecay: 0 }),
};

/** PyTorch 1.13's in float64, of the mean cross-entropy of six samples. */
const expected = {
  loss: 1.8206032,
  gradients: {
    "conv.weight": [-0.9144571, 0.8914634, -0.0225518, 0.0014363],
    "conv.bias": [0, 0],
    "bn.weight": [0.6054345, 0.3542371],
    "bn.bias": [0.8719155, 0.2320721],
    "fc.bias": [0.2673549, -0.0675339, -0.199821],
  },
  running: { "bn.running_mean": [0.0224793, 0.2501415], "bn.running_var": [0.9298461, 1.243223] },
};

Deno.test("a step with a batch's statistics has PyTorch's loss, gradient and running statistics", async () => {
  const losses: number[] = [];
  const onStep = ({ loss }: { loss: number }) => void losses.push(loss);
  const engine = await sharedEngine(1);
  const after = await train(engine, network, splitOf(6), { ...plainStep, onStep });
  assertClose(losses, [expected.loss], { relative: 1e-6 });
  for (const [name, gradient] of Object.entries(expected.gradients)) {
    const moved = after[name]!.data.map((w, i) => start[name]!.data[i]! - w);
    assertClose(moved, gradient, { absolute: 2e-6 });
  }
  for (const [name, values] of Object.entries(expected.running)) {
    assertClose(after[name]!.data, values, { relative: 1e-6 });
  }
});

Deno.test("a group of the batch is normalised together, however many threads there are", async () => {
  const split = splitOf(120);
  const options = { ...plainStep, learningRates: [0.1], batch: 120 };
  const [alone, two] = [
    await train(await sharedEngine(1), network, split, options),
    await train(await sharedEngine(2), network, split, options),
  ];
  for (const [name, { data }] of Object.entries(alone)) {
    assertClose(two[name]!.data, data, { absolute: 1e-6 });
  }
});

Deno.test("outside training the running statistics count", async () => {
  const engine = await sharedEngine(1);
  const { images } = splitOf(6);
  const logits = async (one: Network) =>
    (await predict(engine, { network: one, weights: start }, images)).logits;
  assert.deepEqual(await logits(network), await logits(frozen));
});

Deno.test("Deep Defense refuses a network that is normalised by batches", async () => {
  await assert.rejects(
    train(await sharedEngine(1), network, splitOf(6), { ...plainStep, defense: deepDefense() }),
    /expected running statistics, got those of a batch/,
  );
});
