import assert from "node:assert/strict";
import { ddn, type DdnOptions } from "../../lib/attacks/ascent/ddn.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../../lib/compute/predict.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";

const row = (rows: Float32Array, i: number) => rows.subarray(i * 36, (i + 1) * 36);
const mean = (numbers: Float32Array | Uint16Array) =>
  Array.from(numbers).reduce((sum, x) => sum + x, 0) / numbers.length;

for (const dimensions of [2, 17, 64, 500]) {
  Deno.test(`DDN finds the distance to the boundary of two classes, ${dimensions} dimensions`, async () => {
    const engine = await sharedEngine(1);
    const { network, weights, images, distances } = affineProblem(dimensions, 2, 20, 2);
    const { norms, fooled } = await ddn(engine, { network, weights }, images);
    assert.ok(fooled.every((one) => one === 1));
    for (const [i, distance] of distances.entries()) {
      const relative = norms[i]! / distance - 1;
      assert.ok(relative > -1e-5 && relative < 2e-3, `${relative} beyond the boundary`);
    }
  });
}

for (const classes of [3, 10]) {
  for (const dimensions of [17, 64]) {
    Deno.test(`DDN with ${classes} classes, ${dimensions} dimensions: near the boundary in the mean, where the softmax is soft a sample may keep DeepFool's overshoot`, async () => {
      const engine = await sharedEngine(1);
      for (const [scale, most] of [[1, 0.02], [10, 0.005]] as const) {
        const { network, weights, images, distances } = affineProblem(
          dimensions,
          classes,
          40,
          2,
          scale,
        );
        const { norms, fooled } = await ddn(engine, { network, weights }, images);
        const relative = norms.map((length, i) => length / distances[i]! - 1);
        assert.ok(fooled.every((one) => one === 1));
        assert.ok(relative.every((one) => one > -1e-5 && one < most + 1e-5), `${relative}`);
        assert.ok(mean(relative) < 0.004, `${mean(relative)}`);
      }
    });
  }
}

Deno.test("DDN without a change of the radius stays at DeepFool's", async () => {
  const engine = await sharedEngine(1);
  const { network, weights, images, distances } = affineProblem(20, 2, 20, 2);
  const { norms } = await ddn(engine, { network, weights }, images, { gamma: 0 });
  norms.forEach((length, i) => assert.ok(Math.abs(length / distances[i]! - 1.02) < 1e-5));
});

for (const network of [smallMlp(), smallConvolutional()]) {
  const model = { network, weights: smallWeights(network, "ddn") };
  const { images } = smallSplit(60, "fmn"); // among them samples that DeepFool does not fool

  Deno.test(`DDN on ${network.name}: smaller than DeepFool in the mean, and fools what that does not`, async () => {
    const engine = await sharedEngine(2);
    const drawn = { network, weights: smallWeights(network, "a") };
    const small = await ddn(engine, drawn, images);
    const large = await deepfool(engine, drawn, images);
    const fooled = (_: number, i: number) => large.fooled[i] === 1;
    assert.ok(mean(large.fooled) < 1);
    assert.equal(mean(small.fooled), 1);
    assert.ok(mean(small.norms.filter(fooled)) < 0.95 * mean(large.norms.filter(fooled)));
  });

  Deno.test(`DDN on ${network.name}: away from given labels, samples that are wrong already stay`, async () => {
    const engine = await sharedEngine(1);
    const { labels: predicted } = await predict(engine, model, images);
    const labels = predicted.map((label, i) => i % 3 === 0 ? (label + 1) % 4 : label);
    const away = await ddn(engine, model, images, { labels, steps: 10 });
    const result = await ddn(engine, model, images, { steps: 10 });
    for (const [i, label] of labels.entries()) {
      const wrong = label !== predicted[i];
      assert.equal(away.iterations[i], wrong ? 0 : 10);
      if (wrong) assert.equal(away.norms[i], 0);
      else assertClose(row(away.perturbations, i), row(result.perturbations, i));
    }
  });

  Deno.test(`DDN on ${network.name}: two runs, one and two workers, a sample alone and in a batch are the same`, async () => {
    const one = await sharedEngine(1);
    const two = await sharedEngine(2);
    const first = await ddn(one, model, images, { steps: 20 });
    assert.deepEqual(await ddn(one, model, images, { steps: 20 }), first);
    const shared = await ddn(two, model, images, { steps: 20 });
    assertClose(shared.perturbations, first.perturbations);
    for (const i of [0, 7, 59]) {
      const alone = await ddn(one, model, row(images, i), { steps: 20 });
      assert.equal(alone.fooledAs[0], first.fooledAs[i]);
      assertClose(alone.perturbations, row(first.perturbations, i));
    }
  });
}

Deno.test("DDN: a network without slope moves nothing, fools nobody and ends", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = Object.fromEntries(
    Object.entries(network.init(0)).map(([name, { shape, data }]) =>
      [name, { shape, data: data.map(() => 0) }] as const
    ),
  );
  const result = await ddn(engine, { network, weights }, smallSplit(3, "flat").images);
  assert.ok(result.perturbations.every((r) => r === 0));
  assert.deepEqual([...result.fooled], [0, 0, 0]);
});

const refused: readonly [DdnOptions, RegExp][] = [
  [{ steps: 0 }, /with DDN: expected steps a whole number in 1-65535, got 0/],
  [{ steps: 1.5 }, /steps a whole number in 1-65535, got 1.5/],
  [{ gamma: 1 }, /gamma in \[0, 1\), got 1/],
  [{ gamma: -0.1 }, /gamma in \[0, 1\), got -0.1/],
  [{ gamma: NaN }, /gamma in \[0, 1\), got NaN/],
  [{ candidates: 1 }, /candidates in 2-4, got 1/],
];

for (const [options, message] of refused) {
  Deno.test(`DDN refuses ${JSON.stringify(options)}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      ddn(engine, { network, weights: network.init(0) }, new Float32Array(36), options),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
