import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";

const row = (rows: Float32Array, i: number) => rows.subarray(i * 36, (i + 1) * 36);
const mean = (numbers: Float32Array | Uint16Array) =>
  Array.from(numbers).reduce((sum, x) => sum + x, 0) / numbers.length;

for (const [dimensions, classes] of [[2, 2], [3, 5], [17, 3], [64, 10], [200, 26]] as const) {
  for (const [p, q] of [[2, 2], [Infinity, 1], [1, Infinity]] as const) {
    Deno.test(`FMN finds the ${p}-distance to the boundary of an affine classifier, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const { network, weights, images, distances } = affineProblem(dimensions, classes, 20, q);
      const { norms, fooled } = await fastMinimumNorm(engine, { network, weights }, images, { p });
      assert.ok(fooled.every((one) => one === 1));
      for (const [i, distance] of distances.entries()) {
        const relative = norms[i]! / distance - 1;
        assert.ok(relative > -1e-5 && relative < 2e-3, `${relative} beyond the boundary`);
      }
    });
  }
}

for (const steps of [1, 2, 7]) {
  Deno.test(`FMN takes, and tells, ${steps} steps`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const weights = smallWeights(network, "steps");
    const { images } = smallSplit(10, "steps");
    const { labels: predicted } = await predict(engine, { network, weights }, images);
    const labels = predicted.map((label, i) => i === 3 ? (label + 1) % 4 : label); // it is there already
    const result = await fastMinimumNorm(engine, { network, weights }, images, { labels, steps });
    assert.deepEqual([...result.iterations], [...labels].map((_, i) => i === 3 ? 0 : steps));
  });
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = smallWeights(network, "fmn");
  const { images } = smallSplit(60, "fmn");

  Deno.test(`FMN on ${network.name}: what it reports is what the network says`, async () => {
    const engine = await sharedEngine(2);
    const result = await fastMinimumNorm(engine, { network, weights }, images);
    const before = await predict(engine, { network, weights }, images);
    const perturbed = images.map((x, i) => x + result.perturbations[i]!);
    const after = await predict(engine, { network, weights }, perturbed);
    assert.equal(result.count, 60);
    assert.deepEqual(result.predicted, before.labels);
    assert.deepEqual(result.fooledAs, after.labels);
    assert.deepEqual(
      result.fooled,
      before.labels.map((label, i) => Number(label !== after.labels[i])),
    );
    const norms = Array.from({ length: 60 }, (_, i) => norm(row(result.perturbations, i)));
    assertClose(result.norms, norms, { relative: 1e-7 });
    assertClose(result.ratios, norms.map((length, i) => length / norm(row(images, i))), {
      relative: 1e-7,
    });
  });

  for (const key of ["a", "b", "c"]) {
    Deno.test(`FMN on ${network.name} ${key}: never larger than DeepFool where that fools, and smaller in the mean`, async () => {
      const engine = await sharedEngine(2);
      const drawn = smallWeights(network, key);
      const small = await fastMinimumNorm(engine, { network, weights: drawn }, images);
      const large = await deepfool(engine, { network, weights: drawn }, images);
      const fooled = (_: number, i: number) => large.fooled[i] === 1;
      assert.ok(small.fooled.filter(fooled).every((one) => one === 1));
      assert.ok(small.norms.every((length, i) => !fooled(length, i) || length <= large.norms[i]!));
      assert.ok(mean(small.norms.filter(fooled)) < 0.95 * mean(large.norms.filter(fooled)));
    });
  }

  Deno.test(`FMN on ${network.name}: fools samples that DeepFool does not`, async () => {
    const engine = await sharedEngine(1);
    const drawn = smallWeights(network, "a");
    const small = await fastMinimumNorm(engine, { network, weights: drawn }, images);
    const large = await deepfool(engine, { network, weights: drawn }, images);
    assert.ok(mean(large.fooled) < 1);
    assert.equal(mean(small.fooled), 1);
  });

  Deno.test(`FMN on ${network.name}: away from given labels, samples that are wrong already stay`, async () => {
    const engine = await sharedEngine(1);
    const { labels: predicted } = await predict(engine, { network, weights }, images);
    const labels = predicted.map((label, i) => i % 3 === 0 ? (label + 1) % 4 : label);
    const away = await fastMinimumNorm(engine, { network, weights }, images, { labels });
    const result = await fastMinimumNorm(engine, { network, weights }, images);
    assert.ok(away.fooled.every((one) => one === 1));
    for (const [i, label] of labels.entries()) {
      if (label !== predicted[i]) {
        assert.equal(away.norms[i], 0);
        assert.equal(away.fooledAs[i], predicted[i]);
      } else {
        assertClose(row(away.perturbations, i), row(result.perturbations, i));
      }
    }
  });

  Deno.test(`FMN on ${network.name}: two runs, one and two workers, a sample alone and in a batch are the same`, async () => {
    const one = await sharedEngine(1);
    const two = await sharedEngine(2);
    const first = await fastMinimumNorm(one, { network, weights }, images);
    assert.deepEqual(await fastMinimumNorm(one, { network, weights }, images), first);
    assert.deepEqual(await fastMinimumNorm(two, { network, weights }, images), first);
    for (const i of [0, 7, 59]) {
      const alone = await fastMinimumNorm(one, { network, weights }, row(images, i));
      assert.equal(alone.fooledAs[0], first.fooledAs[i]);
      assertClose(alone.perturbations, row(first.perturbations, i));
    }
  });
}

Deno.test("FMN: a network without slope moves nothing, fools nobody and ends", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = Object.fromEntries(
    Object.entries(network.init(0)).map(([name, { shape, data }]) =>
      [name, { shape, data: data.map(() => 0) }] as const
    ),
  );
  const result = await fastMinimumNorm(engine, { network, weights }, smallSplit(3, "flat").images);
  assert.ok(result.perturbations.every((r) => r === 0));
  assert.deepEqual([...result.fooled], [0, 0, 0]);
});

for (
  const [options, message] of [
    [{ steps: 0 }, /steps a whole number in 1-65535, got 0/],
    [{ steps: 65536 }, /steps a whole number in 1-65535, got 65536/],
    [{ p: 3 }, /the norm p 1, 2 or Infinity, got 3/],
    [{ p: NaN }, /the norm p 1, 2 or Infinity, got NaN/],
    [{ candidates: 1 }, /candidates in 2-4, got 1/],
    [{ labels: Uint16Array.of(0, 1) }, /1 labels, got 2/],
    [{ labels: Uint16Array.of(7) }, /labels below 4, got 7/],
  ] as const
) {
  Deno.test(`FMN refuses ${JSON.stringify(options)}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      fastMinimumNorm(engine, { network, weights: network.init(0) }, new Float32Array(36), options),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
