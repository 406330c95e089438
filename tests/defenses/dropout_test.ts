import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../../lib/compute/predict.ts";
import { rowMemory } from "../../lib/compute/row_memory.ts";
import { advTrain2 } from "../../lib/defenses/adv_train_2.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { drawMasks } from "../../lib/compute/draw_masks.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { createEngine, type Engine } from "../../lib/engine/engine.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { train, type TrainOptions } from "../../lib/training/train.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallSplit, smallWeights } from "../small_problem.ts";
import { relativeError, step } from "./step.ts";

const deviation = 0.4;

/** An MLP whose hidden numbers are dropped with a rate; without dropout at all if none is said. */
function network(rate?: number): Network {
  const layers = {
    flatten: flatten(),
    fc1: dense(12, { deviation }),
    relu1: relu(),
    ...(rate === undefined ? {} : { drop: dropout(rate) }),
    fc2: dense(4, { deviation }),
  };
  const serialized = serial(layers as unknown as Record<string, Layer>) as unknown as Layer;
  return defineNetwork({ name: `dropout ${rate}`, inputShape: [1, 6, 6], layers: serialized });
}

const dropped = network(0.5);
const split = smallSplit(40, "dropout");
const weights = smallWeights(dropped, "dropout");

/** A step on one sample, its random numbers named by `key`. */
async function stepOnOne(
  engine: Engine,
  of: Network,
  defense: Defense,
  from: Weights,
  key: number[],
) {
  const run = await defense.load(engine, of);
  const [part] = await run([{
    ...split,
    weights: Object.fromEntries(Object.entries(from).map(([name, { data }]) => [name, data])),
    from: 3,
    to: 4,
    batch: 1,
    key,
  }]);
  return part!;
}

for (
  const [name, defense] of Object.entries({
    "clean training": clean(),
    "Deep Defense": deepDefense({ c: 5, d: 1 }),
    "Adv. Train II": advTrain2({ share: 0.5, epsilon: 0.2 }),
  })
) {
  Deno.test(`${name} with dropout is ${name} of the network that the mask leaves`, async () => {
    const engine = await sharedEngine(1);
    const key = [1, 2, 3];
    const mask = drawMasks(dropped.masks, rowMemory(), ...key, 3)["drop.mask"]!;
    assert.ok(mask.some((m) => m === 0) && mask.some((m) => m === 2));
    const weight = weights["fc2.weight"]!;
    const left = {
      ...weights,
      "fc2.weight": { ...weight, data: weight.data.map((w, i) => w * mask[i % 12]!) },
    };
    const actual = await stepOnOne(engine, dropped, defense, weights, key);
    const expected = await stepOnOne(engine, network(), defense, left, []);
    assertClose([actual.loss, actual.regularizer], [expected.loss, expected.regularizer]);
    assert.deepEqual(actual.active, expected.active);
    const gradients = {
      ...expected.gradients,
      "fc2.weight": expected.gradients["fc2.weight"]!.map((g, i) => g * mask[i % 12]!),
    };
    const error = relativeError(actual.gradients, gradients);
    assert.ok(error < 1e-5, `relative error ${error}`);
  });

  Deno.test(`${name} with dropout: one and two workers agree, and so do both backends`, async () => {
    const one = await sharedEngine(1);
    const two = await sharedEngine(2);
    await using cpu = await createEngine({ backend: "cpu" });
    const [expected, split, eager] = [
      await step(one, dropped, defense),
      await step(two, dropped, defense),
      await step(cpu, dropped, defense),
    ];
    assert.ok(relativeError(split.gradients, expected.gradients) < 1e-5);
    assert.ok(relativeError(eager.gradients, expected.gradients) < 1e-4);
  });

  Deno.test(`${name} with dropout: resuming from any checkpoint gives the same bits`, async () => {
    const engine = await sharedEngine(2);
    const options: TrainOptions = {
      start: weights,
      epochs: 2,
      learningRates: [1e-3, 1e-3],
      batch: 16,
      defense,
    };
    const checkpoints: Checkpoint[] = [];
    const onStep: TrainOptions["onStep"] = (_, checkpoint) => void checkpoints.push(checkpoint());
    const whole = await train(engine, dropped, split, { ...options, onStep });
    for (const start of [checkpoints[1]!, checkpoints[4]!]) {
      assert.deepEqual(await train(engine, dropped, split, { ...options, start }), whole);
    }
    assert.notDeepEqual(await train(engine, dropped, split, { ...options, seed: 1 }), whole);
  });
}

Deno.test("masks are drawn anew for every step and every sample, with the layer's rate", () => {
  const masks = { "drop.mask": { shape: [100, 100], rate: 0.3 } };
  const draw = (...key: number[]) => drawMasks(masks, rowMemory(), ...key)["drop.mask"]!;
  const mask = draw(1, 2, 3);
  assert.deepEqual(new Set(mask), new Set([0, Math.fround(1 / 0.7)]));
  const share = mask.filter((m) => m === 0).length / mask.length;
  assert.ok(Math.abs(share - 0.3) < 0.02, `dropped ${share}`);
  assert.deepEqual(draw(1, 2, 3), mask);
  for (const other of [draw(1, 2, 4), draw(1, 3, 3), draw(2, 2, 3)]) {
    assert.notDeepEqual(other, mask);
  }
});

Deno.test("dropout is off where a network predicts and is attacked", async () => {
  const engine = await sharedEngine(1);
  const plain = network();
  assert.deepEqual(
    await predict(engine, { network: dropped, weights }, split.images),
    await predict(engine, { network: plain, weights }, split.images),
  );
  assert.deepEqual(
    await deepfool(engine, { network: dropped, weights }, split.images),
    await deepfool(engine, { network: plain, weights }, split.images),
  );
});
