import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../../lib/compute/predict.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { clean } from "../../lib/defenses/clean.ts";
import {
  deepDefense,
  type DeepDefenseOptions,
} from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { createEngine, type EngineOptions } from "../../lib/engine/engine.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import type { Network } from "../../lib/networks/network.ts";
import { crossEntropy64, regularizer64, regularizerGradient64 } from "../oracle/regularizer64.ts";
import type { Network64 } from "../oracle/network64.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";
import { tested, testedBackend } from "../engine/engines.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";
import { batch, difference, relativeError, split, step } from "./step.ts";

const rows = Array.from({ length: batch }, (_, i) => split.images.subarray(i * 36, (i + 1) * 36));

const problems: readonly { network: Network; twin: Network64 }[] = [
  {
    network: smallMlp(),
    twin: {
      inputShape: [1, 6, 6],
      layers: [
        { kind: "flatten" },
        { kind: "dense", name: "fc1" },
        { kind: "relu" },
        { kind: "dense", name: "fc2" },
        { kind: "relu" },
        { kind: "dense", name: "fc3" },
      ],
    },
  },
  {
    network: smallConvolutional(),
    twin: {
      inputShape: [1, 6, 6],
      layers: [
        { kind: "conv", name: "conv1" },
        { kind: "maxPool", size: 2 },
        { kind: "relu" },
        { kind: "flatten" },
        { kind: "dense", name: "fc1" },
        { kind: "relu" },
        { kind: "dense", name: "fc2" },
      ],
    },
  },
];

async function stepWith(options: EngineOptions, network: Network, defense: Defense) {
  await using engine = await createEngine(options);
  return await step(engine, network, defense);
}

const settings: readonly DeepDefenseOptions[] = [
  {},
  { p: Infinity, c: 8, d: 2 },
  { p: 1, iterations: 2, c: 8 },
  { p: 4, iterations: 3, c: 12 },
  { shape: "linear", lambda: 3, c: 2, d: 1 },
  { lambda: 2, c: 40, d: 9, iterations: 1 },
];

for (const { network, twin } of problems) {
  for (const options of settings) {
    Deno.test(`Deep Defense on ${network.name}: gradient and value are the float64 oracle's, ${JSON.stringify(options)}`, async () => {
      const { loss, regularizer, active, gradients } = await stepWith(
        tested,
        network,
        deepDefense(options),
      );
      const weights = smallWeights(network, "step");
      const { attacks, value } = regularizer64(twin, weights, rows, split.labels, options);
      const penalty = regularizerGradient64(twin, weights, rows, attacks, options);
      const crossEntropy = crossEntropy64(twin, weights, rows, split.labels);
      const expected = Object.fromEntries(
        Object.entries(penalty.gradients).map((
          [name, { data }],
        ) => [name, data.map((g, i) => g + crossEntropy.gradients[name]!.data[i]!)]),
      );
      assert.ok(Math.abs(loss - crossEntropy.value) < 1e-5 * crossEntropy.value);
      assert.ok(
        Math.abs(regularizer - value) < 1e-4 * Math.abs(value),
        `${regularizer} is not ${value}`,
      );
      assert.equal(active, attacks.reduce((sum, { iterations }) => sum + iterations, 0));
      assert.ok(
        attacks.some(({ predicted }, i) => predicted === split.labels[i]),
        "expected samples predicted right",
      );
      assert.ok(
        attacks.some(({ predicted }, i) => predicted !== split.labels[i]),
        "expected samples predicted wrong",
      );
      const error = relativeError(gradients, expected);
      assert.ok(error < 1e-4, `relative error ${error}`);
    });
  }

  for (const p of [2, Infinity]) {
    Deno.test(`Deep Defense on ${network.name}: the chosen class alone gives what taping everything gives, p = ${p}`, async () => {
      const engine = await sharedEngine(1);
      const cheap = await step(engine, network, deepDefense({ p, c: 8, d: 2 }));
      const plain = await step(engine, network, clean());
      const { fn, inputs } = tapedRegularizer(network, { chunk: batch, p, c: 8, d: 2 });
      const run = await engine.compile(fn, inputs);
      const target = new Float32Array(batch * network.classes);
      split.labels.forEach((label, i) => target[i * network.classes + label] = 1);
      const share = new Float32Array(batch).fill(15 / batch);
      const taped = await run({
        ...weightInputs(arraysOf(smallWeights(network, "step"))),
        x: split.images,
        target,
        share,
      });
      const [value, twin] = [cheap.regularizer, taped.regularizer![0]!];
      assert.ok(Math.abs(value - twin) < 1e-4 * twin, `${value} is not ${twin}`);
      const expected = Object.fromEntries(
        Object.keys(network.parameters).map((name) => [name, taped[`gradient:${name}`]!]),
      );
      const error = relativeError(difference(cheap.gradients, plain.gradients), expected);
      assert.ok(error < 1e-4, `relative error ${error}`);
    });
  }

  Deno.test(`Deep Defense on ${network.name}: ${testedBackend} and cpu agree`, async () => {
    const own = await stepWith(tested, network, deepDefense());
    const cpu = await stepWith({ backend: "cpu" }, network, deepDefense());
    assert.equal(own.active, cpu.active);
    const error = relativeError(own.gradients, cpu.gradients);
    assert.ok(error < 1e-4, `relative error ${error}`);
  });

  Deno.test(`Deep Defense on ${network.name}: one and two workers agree`, async () => {
    const one = await stepWith({ workers: 1 }, network, deepDefense());
    const two = await stepWith({ workers: 2 }, network, deepDefense());
    const error = relativeError(two.gradients, one.gradients);
    assert.ok(error < 1e-5, `relative error ${error}`);
  });

  Deno.test(`Deep Defense on ${network.name}: the same step twice gives the same bits`, async () => {
    const engine = await sharedEngine(2);
    const [a, b] = [
      await step(engine, network, deepDefense()),
      await step(engine, network, deepDefense()),
    ];
    assert.deepEqual(a, b);
  });
}

Deno.test("with fewer candidates the penalty is that of DeepFool's perturbations towards those classes alone", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = smallWeights(network, "candidates");
  const { labels } = await predict(engine, { network, weights }, split.images);
  const indices = Uint32Array.from(labels.keys()).filter((i) => labels[i] === split.labels[i]);
  const images = Float32Array.from([...indices].flatMap((i) => [...rowOf(i)]));
  const values: number[] = [];
  for (const candidates of [2, 4]) {
    const { ratios } = await deepfool(engine, { network, weights }, images, {
      iterations: 5,
      candidates,
    });
    const expected = ratios.reduce((sum, t) => sum + Math.exp(-3 * t), 0) * 2 / indices.length;
    const defense = deepDefense({ lambda: 2, c: 3, candidates });
    const run = await defense.load(engine, network);
    const [share] = await run([{
      weights: arraysOf(weights),
      images,
      labels: Uint16Array.from(indices, (i) => split.labels[i]!),
      from: 0,
      to: indices.length,
      batch: indices.length,
    }]);
    assert.ok(Math.abs(share!.regularizer - expected) < 1e-5 * expected);
    values.push(expected);
  }
  assert.notEqual(values[0], values[1], "for some samples another class is nearer than the second");
});

function rowOf(index: number): Float32Array {
  return split.images.subarray(index * 36, (index + 1) * 36);
}

Deno.test("settings have the number of candidates where it is not the usual one", () => {
  assert.equal(deepDefense({ candidates: 10 }).settings.candidates, undefined);
  assert.equal(deepDefense({ candidates: 2 }).settings.candidates, 2);
});
