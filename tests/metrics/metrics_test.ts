import assert from "node:assert/strict";
import type { MinimumNormAttacked } from "../../lib/attacks/attacked.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../../lib/compute/predict.ts";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import { epsilonRef, fgsAccuracies } from "../../lib/metrics/epsilon_ref.ts";
import {
  fooledRate,
  meanIterations,
  rho2,
  rho2Earlier,
  rho2Pixels,
} from "../../lib/metrics/robustness.ts";
import { train } from "../../lib/training/train.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const result: MinimumNormAttacked = {
  count: 2,
  perturbations: Float32Array.of(0.3, 0.4, 0, 1),
  norms: Float32Array.of(0.5, 1),
  ratios: Float32Array.of(0.1, 0.25),
  earlierRatios: Float32Array.of(0.1, 0.15),
  iterations: Uint16Array.of(1, 4),
  predicted: Uint16Array.of(0, 1),
  fooledAs: Uint16Array.of(1, 1),
  fooled: Uint16Array.of(1, 0),
};

Deno.test("rho_2 is the mean of all samples' ratios, fooled or not (Eq. 7)", () => {
  assert.ok(Math.abs(rho2(result) - 0.175) < 1e-7);
  assert.ok(Math.abs(rho2Earlier(result) - 0.125) < 1e-7);
  assert.equal(fooledRate(result), 0.5);
  assert.equal(meanIterations(result), 2.5);
});

Deno.test("rho_2 in pixels is relative to the image behind the preprocessing", async () => {
  const split = { images: Float32Array.of(1, 0, 0, 2), labels: Uint16Array.of(0, 1), count: 2 };
  const dataset: Dataset<Split> = {
    id: "two",
    title: "two",
    checksum: "",
    inputShape: [1, 1, 2],
    classes: 2,
    train: split,
    test: split,
    toPixels: (x) => x.map((value, i) => value + [2, 4][i]!),
  };
  const expected = (0.5 / 5 + 1 / Math.hypot(2, 6)) / 2;
  assert.ok(Math.abs(await rho2Pixels(result, dataset, "test") - expected) < 1e-6);
});

Deno.test("rho_2 in pixels undoes what each image was preprocessed with, one by one or in blocks", async () => {
  const count = 2100; // more than two blocks
  const values = Float32Array.from({ length: 2 * count }, (_, i) => 1 + (i * 7) % 5);
  const split = { images: values, labels: new Uint16Array(count), count };
  // Another preprocessing for every image; 7 does not divide the size of a block.
  const scaled = (x: Float32Array, index: number) =>
    x.map((value) => value / (1 + index % 7) + index % 7);
  const base: Dataset<Split> = {
    id: "scaled",
    title: "scaled",
    checksum: "",
    inputShape: [1, 1, 2],
    classes: 2,
    train: split,
    test: split,
    toPixels: (x, _, index) => scaled(x, index),
  };
  const rowsToPixels = (rows: Float32Array, _: string, indices: Uint32Array) =>
    Promise.resolve(Float32Array.from(
      [...indices].flatMap((index, i) => [...scaled(rows.subarray(2 * i, 2 * i + 2), index)]),
    ));
  const perturbations = values.map((value) => value / 10);
  const expected = Array.from({ length: count }, (_, i) => {
    const [a, b] = [values[2 * i]!, values[2 * i + 1]!];
    const [scale, offset] = [1 + i % 7, i % 7];
    return Math.hypot(a, b) / 10 / scale / Math.hypot(a / scale + offset, b / scale + offset);
  }).reduce((sum, ratio) => sum + ratio) / count;
  for (const dataset of [base, { ...base, rowsToPixels }]) {
    const actual = await rho2Pixels({ perturbations, count }, dataset, "test");
    assert.ok(Math.abs(actual - expected) < 1e-5 * expected, `${actual}, expected ${expected}`);
  }
});

Deno.test("accuracy is the share of samples predicted as labelled", async () => {
  const engine = await sharedEngine(2);
  const network = smallMlp();
  const weights = smallWeights(network, "accuracy");
  const split = smallSplit(101, "accuracy");
  const { labels } = await predict(engine, { network, weights }, split.images);
  const right = [...labels].filter((label, i) => label === split.labels[i]).length;
  assert.equal(await accuracy(engine, { network, weights }, split), right / 101);
  assert.equal(await accuracy(engine, { network, weights }, { ...split, labels }), 1);
});

Deno.test("eps_ref is the smallest epsilon, to 0.1%, that makes half of the samples wrong", async () => {
  const engine = await sharedEngine(2);
  const network = smallMlp();
  const split = smallSplit(400, "eps_ref");
  const weights = await train(engine, network, split, {
    start: smallWeights(network, "eps_ref"),
    epochs: 20,
    learningRates: new Array(20).fill(0.01),
    batch: 20,
  });
  assert.ok(await accuracy(engine, { network, weights }, split) > 0.6);
  const passes: [number, number][] = [];
  const onPass = (done: number, total: number) => void passes.push([done, total]);
  const epsilon = (await epsilonRef(engine, { network, weights }, split, { onPass }))!;
  assert.deepEqual(passes.map(([done]) => done), passes.map((_, i) => i + 1));
  const shares = passes.map(([done, total]) => done / total);
  assert.ok(shares.every((share, i) => share > (shares[i - 1] ?? 0) || i === 0), `${shares}`);
  assert.equal(shares.at(-1), 1);
  const [before, at] = await fgsAccuracies(engine, { network, weights }, split, [
    0.998 * epsilon,
    epsilon,
  ]);
  assert.ok(at! <= 0.5, `${at} at eps_ref`);
  assert.ok(before! > 0.5 || before! - at! < 0.01, `${before} just below eps_ref`);
  const scan = await fgsAccuracies(
    engine,
    { network, weights },
    split,
    [0.2, 0.5, 0.8].map((share) => share * epsilon),
  );
  assert.ok(scan.every((accuracy) => accuracy > 0.5), `${scan}`);
});

Deno.test("eps_ref of a network that is wrong on half of the samples as they are is 0, at once", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = smallWeights(network, "wrong");
  const split = smallSplit(40, "wrong");
  const { labels } = await predict(engine, { network, weights }, split.images);
  const wrong = {
    ...split,
    labels: labels.map((label, i) => i % 2 === 0 ? label : (label + 1) % 4),
  };
  assert.equal(await accuracy(engine, { network, weights }, wrong), 0.5);
  let calls = 0;
  const counting = {
    ...engine,
    load: async (...args: Parameters<Engine["load"]>) => {
      const run = await engine.load(...args);
      return (parts: readonly unknown[]) => (calls++, run(parts));
    },
  } as Engine;
  assert.equal(await epsilonRef(counting, { network, weights }, wrong), 0);
  assert.ok(calls > 0 && calls < 10, `${calls} calls`);
});

Deno.test("eps_ref that no epsilon reaches is null", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = Object.fromEntries(
    Object.entries(smallWeights(network, "constant")).map(([name, { shape, data }]) =>
      [name, {
        shape,
        data: name === "fc3.bias" ? Float32Array.of(1, 0, 0, 0) : data.map(() => 0),
      }] as const
    ),
  );
  const split = { ...smallSplit(8, "constant"), labels: new Uint16Array(8) };
  assert.equal(await epsilonRef(engine, { network, weights }, split), null);
});

Deno.test("an attack reports its progress", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const seen: number[][] = [];
  const images = smallSplit(1100, "progress").images;
  await deepfool(engine, { network, weights: smallWeights(network, "progress") }, images, {
    iterations: 1,
    onProgress: (...progress) => seen.push(progress),
  });
  assert.deepEqual(seen, [[500, 1100], [1000, 1100], [1100, 1100]]);
});
