import assert from "node:assert/strict";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { parseval } from "../../lib/defenses/parseval.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { serial } from "../../lib/layers/serial.ts";
import { calibrate } from "../../lib/networks/calibrate.ts";
import { defineNetwork, trainedNames } from "../../lib/networks/network.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/networks/safetensors.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { sgd } from "../../lib/training/sgd.ts";
import { type StepRow, train, type TrainOptions } from "../../lib/training/train.ts";
import { sharedEngine } from "../shared_engine.ts";
import { step } from "../defenses/step.ts";
import { smallSplit, smallWeights } from "../small_problem.ts";

const layers = {
  flatten: flatten(),
  fc1: dense(12, { deviation: 0.01 }),
  bn1: batchNorm(),
  relu1: relu(),
  fc2: dense(4, { deviation: 0.1 }),
};
const network = defineNetwork({
  name: "normalised",
  inputShape: [1, 6, 6],
  layers: serial(layers as unknown as Record<string, Layer>) as unknown as Layer,
});
const split = smallSplit(70, "buffers");
const start = smallWeights(network, "buffers");
const options: TrainOptions = {
  start,
  epochs: 2,
  learningRates: [1e-2, 1e-2],
  batch: 16,
  optimizer: sgd({ weightDecay: 0.1 }),
};
const defenses: Readonly<Record<string, Defense>> = {
  "nothing": clean(),
  "Deep Defense": deepDefense({ lambda: 0.1, c: 5, d: 1 }),
  "Deep Defense of one layer with Adv. Train II": deepDefense({
    lambda: 0.1,
    c: 5,
    d: 1,
    layer: "bn1",
    mixture: { share: 0.5, epsilon: 0.1 },
  }),
  "Parseval training": parseval({ beta: 0.1, share: 1 }),
};

for (const [title, defense] of Object.entries(defenses)) {
  Deno.test(`training with ${title} moves all parameters but the buffers`, async () => {
    const engine = await sharedEngine(2);
    const checkpoints: Checkpoint[] = [];
    const onStep = (_: StepRow, checkpoint: () => Checkpoint) =>
      void checkpoints.push(checkpoint());
    const weights = await train(engine, network, split, { ...options, defense, onStep });
    assert.deepEqual(Object.keys(weights), Object.keys(network.parameters));
    for (const [name, { data }] of Object.entries(weights)) {
      if (network.buffers.includes(name)) assert.deepEqual([...data], [...start[name]!.data]);
      else assert.notDeepEqual([...data], [...start[name]!.data], name);
    }
    assert.deepEqual(Object.keys(checkpoints[3]!.velocity), trainedNames(network));
    const resumed = await train(engine, network, split, {
      ...options,
      defense,
      start: checkpoints[3]!,
    });
    assert.deepEqual(resumed, weights);
  });
}

Deno.test("gradients are those of the parameters that are trained", async () => {
  const engine = await sharedEngine(1);
  for (const defense of [clean(), deepDefense()]) {
    const run = await defense.load(engine, network);
    const [part] = await run([{
      ...split,
      weights: Object.fromEntries(Object.entries(start).map(([name, { data }]) => [name, data])),
      from: 0,
      to: 2,
      batch: 2,
    }]);
    assert.deepEqual(Object.keys(part!.gradients), trainedNames(network));
  }
  assert.ok((await step(engine, network, deepDefense())).gradients["bn1.weight"]!.some((g) => g));
});

Deno.test("a network with batch normalisation learns from scratch once it is calibrated", async () => {
  const engine = await sharedEngine(2);
  const calibrated = await calibrate(engine, { network, weights: network.init(2) }, split.images);
  const rows: StepRow[] = [];
  await train(engine, network, split, {
    ...options,
    start: calibrated,
    epochs: 10,
    learningRates: new Array(10).fill(0.02),
    optimizer: sgd(),
    onStep: (row) => void rows.push(row),
  });
  const mean = (part: StepRow[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  assert.ok(mean(rows.slice(-5)) < 0.5 * mean(rows.slice(0, 5)));
});

Deno.test("buffers are written and read with the parameters", () => {
  const { weights } = decodeSafetensors(encodeSafetensors(start), "buffers");
  assert.deepEqual(weights, start);
  assert.deepEqual(network.buffers, ["bn1.running_mean", "bn1.running_var"]);
  assert.ok(network.buffers.every((name) => name in weights));
});

Deno.test("Deep Defense of one layer names layers by what is trained in them", async () => {
  const engine = await sharedEngine(1);
  await assert.rejects(
    async () => await deepDefense({ layer: "relu1" }).load(engine, network),
    (error) =>
      error instanceof UserError && /bn1\.weight, bn1\.bias, fc2/.test(error.message) &&
      !/running/.test(error.message),
  );
});
