import assert from "node:assert/strict";
import { fastGradientSign } from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { norm } from "../../lib/compute/norms.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem, equallyFar } from "./affine_problem.ts";

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);

for (const [dimensions, classes] of [[2, 2], [17, 2], [17, 3], [64, 10], [200, 26]] as const) {
  for (const [p, q] of [[2, 2], [Infinity, 1]] as const) {
    Deno.test(`PGD fools an affine classifier beyond the ${p}-distance to its boundary and not before, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const { images, labels, ...model } = equallyFar(affineProblem(dimensions, classes, 10, q));
      // Of several boundaries, the loss may rise towards a farther one.
      const beyond = classes > 2 ? 1.1 : 1.001;
      const attack = async (epsilon: number) => {
        const walk = { steps: 200, stepSize: epsilon / 16, restarts: 5 };
        const { fooled } = await pgd(engine, model, images, { labels, epsilon, p, ...walk });
        return [...fooled];
      };
      assert.deepEqual(await attack(0.999), Array(10).fill(0));
      assert.deepEqual(await attack(beyond), Array(10).fill(1));
    });
  }
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = smallWeights(network, "pgd");
  const { images, count } = smallSplit(60, "pgd");

  /** Labels of which the first 50 are what the network says, the others not. */
  const labelled = async () => {
    const engine = await sharedEngine(1);
    const { labels } = await predict(engine, { network, weights }, images);
    return labels.map((label, i) => i < 50 ? label : (label + 1) % 4);
  };

  for (const p of [2, Infinity]) {
    const epsilon = p === 2 ? 1 : 0.25;

    Deno.test(`PGD on ${network.name}, p = ${p}: what it reports is what the network says`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const result = await pgd(engine, { network, weights }, images, { labels, epsilon, p });
      const perturbed = images.map((x, i) => x + result.perturbations[i]!);
      const after = await predict(engine, { network, weights }, perturbed);
      assert.deepEqual(
        result.predicted,
        (await predict(engine, { network, weights }, images)).labels,
      );
      assert.deepEqual(result.fooledAs, after.labels);
      assert.deepEqual(result.fooled, after.labels.map((label, i) => Number(label !== labels[i])));
      const fooled = result.fooled.subarray(0, 50);
      assert.ok(fooled.includes(0) && fooled.includes(1));
      assertClose(
        result.norms,
        Array.from({ length: count }, (_, i) => norm(row(result.perturbations, i), p)),
        { relative: 1e-7 },
      );
    });

    Deno.test(`PGD on ${network.name}, p = ${p}: onnx and cpu agree`, async () => {
      const onnx = await sharedEngine(2);
      await using cpu = await createEngine({ backend: "cpu" });
      const labels = await labelled();
      // Few steps: many amplify the last bit's difference.
      const options = { epsilon, p, steps: 3 };
      const a = await pgd(onnx, { network, weights }, images, { labels, ...options });
      const b = await pgd(cpu, { network, weights }, images, { labels, ...options });
      assert.deepEqual(a.fooledAs, b.fooledAs);
      assertClose(a.perturbations, b.perturbations, { relative: 1e-4 });
    });

    Deno.test(`PGD on ${network.name}, p = ${p}: perturbations stay in the ball, those of wrong samples are 0`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const { norms } = await pgd(engine, { network, weights }, images, { labels, epsilon, p });
      assert.ok(norms.every((length) => length <= epsilon * (1 + 1e-6)));
      assert.ok(norms.subarray(0, 50).every((length) => length > 0));
      assert.ok(norms.subarray(50).every((length) => length === 0));
    });

    Deno.test(`PGD on ${network.name}, p = ${p}: two runs, one and two workers, a sample alone and in a batch are the same`, async () => {
      const one = await sharedEngine(1);
      const two = await sharedEngine(2);
      const labels = await labelled();
      const options = { epsilon, p, restarts: 2 };
      const first = await pgd(one, { network, weights }, images, { labels, ...options });
      assert.deepEqual(await pgd(one, { network, weights }, images, { labels, ...options }), first);
      assert.deepEqual(await pgd(two, { network, weights }, images, { labels, ...options }), first);
      for (const i of [0, 7, 49]) {
        const label = labels.subarray(i, i + 1);
        const alone = await pgd(one, { network, weights }, row(images, i), {
          labels: label,
          ...options,
        });
        assert.equal(alone.fooledAs[0], first.fooledAs[i]);
        assertClose(alone.perturbations, row(first.perturbations, i), { relative: 1e-5 });
      }
    });
  }

  Deno.test(`PGD on ${network.name}: another seed starts elsewhere, another restart too`, async () => {
    const engine = await sharedEngine(1);
    const labels = await labelled();
    const start = async (seed: number, restarts: number) => {
      const options = { epsilon: 1e-6, p: 2, steps: 1, stepSize: 0, seed, restarts };
      return (await pgd(engine, { network, weights }, images, { labels, ...options }))
        .perturbations;
    };
    const starts = [await start(0, 1), await start(1, 1), await start(0, 2)].map((all) =>
      row(all, 0)
    );
    assert.notDeepEqual(starts[0], starts[1]);
    assert.notDeepEqual(starts[0], starts[2]);
    assert.notDeepEqual(starts[1], starts[2]);
  });

  Deno.test(`PGD on ${network.name}: one step from the sample itself is the fast gradient sign`, async () => {
    const engine = await sharedEngine(1);
    const labels = await labelled();
    const options = { epsilon: 0.2, steps: 1, stepSize: 0.2, randomStart: false };
    const { perturbations } = await pgd(engine, { network, weights }, images, {
      labels,
      ...options,
    });
    const sign = await fastGradientSign(engine, { network, weights }, images, {
      labels,
      epsilon: 0.2,
    });
    assert.deepEqual(perturbations.slice(0, 50 * 36), sign.perturbations.slice(0, 50 * 36));
  });

  Deno.test(`PGD on ${network.name}: restarts and a larger ball fool more, never fewer`, async () => {
    const engine = await sharedEngine(2);
    const labels = await labelled();
    const fooled = async (epsilon: number, restarts: number) => {
      const options = { epsilon, restarts };
      const result = await pgd(engine, { network, weights }, images, { labels, ...options });
      return result.fooled.reduce((sum, one) => sum + one, 0);
    };
    const counts = [
      await fooled(0.1, 1),
      await fooled(0.1, 5),
      await fooled(0.5, 1),
      await fooled(20, 5),
    ];
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
    assert.ok(counts[0]! < counts[2]!);
    assert.equal(counts[3], 60);
  });

  Deno.test(`PGD on ${network.name}: a saturated softmax does not hide the gradient`, async () => {
    const engine = await sharedEngine(1);
    const labels = (await labelled()).slice(0, 50);
    const inputs = images.slice(0, 50 * 36);
    const last = Object.keys(weights).slice(-2);
    const saturated = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) =>
        [name, { shape, data: last.includes(name) ? data.map((w) => 1e4 * w) : data }] as const
      ),
    );
    const { logits } = await predict(engine, { network, weights: saturated }, inputs);
    const margin = (label: number, i: number) => {
      const scores = [...logits.subarray(4 * i, 4 * i + 4)];
      return scores[label]! - Math.max(...scores.toSpliced(label, 1));
    };
    // exp(-104) is 0 in 32 bits: the softmax is exactly 1.
    const flat = [...labels].filter((label, i) => margin(label, i) > 104).length;
    assert.ok(flat > 25, `the loss's own gradient is 0 for ${flat} samples`);
    for (const p of [2, Infinity]) {
      const epsilon = p === 2 ? 10 : 2;
      const { fooled } = await pgd(engine, { network, weights: saturated }, inputs, {
        labels,
        epsilon,
        p,
      });
      assert.ok(fooled.every((one) => one === 1));
    }
  });
}

for (const p of [2, Infinity]) {
  Deno.test(`PGD, p = ${p}: a network without slope moves nothing, fools nobody and ends`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const weights = Object.fromEntries(
      Object.entries(network.init(0)).map(([name, { shape, data }]) =>
        [name, { shape, data: data.map(() => 0) }] as const
      ),
    );
    const { images } = smallSplit(3, "flat");
    const options = { epsilon: 1, p, randomStart: false };
    const result = await pgd(engine, { network, weights }, images, {
      labels: new Uint16Array(3),
      ...options,
    });
    assert.ok(result.perturbations.every((r) => r === 0));
    assert.deepEqual([...result.fooled], [0, 0, 0]);
  });

  Deno.test(`PGD, p = ${p}: epsilon 0 is the identity`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const { images, labels } = smallSplit(8, "identity");
    const result = await pgd(engine, { network, weights: network.init(0) }, images, {
      labels,
      epsilon: 0,
      p,
    });
    assert.ok(result.perturbations.every((r) => Math.abs(r) === 0));
    assert.deepEqual(result.fooledAs, result.predicted);
  });
}

Deno.test("PGD reports its progress", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const { images, labels } = smallSplit(1100, "progress");
  const seen: number[][] = [];
  await pgd(engine, { network, weights: network.init(0) }, images, {
    labels,
    epsilon: 0.1,
    steps: 1,
    onProgress: (...progress) => seen.push(progress),
  });
  assert.deepEqual(seen, [[500, 1100], [1000, 1100], [1100, 1100]]);
});

for (
  const [options, message] of [
    [{ epsilon: -1 }, /epsilon in \[0, 3.4e38\], got -1/],
    [{ epsilon: NaN }, /epsilon in \[0, 3.4e38\], got NaN/],
    [{ epsilon: 1, p: 1 }, /norm p 2 or Infinity, got 1/],
    [{ epsilon: 1, steps: 0 }, /steps a whole number from 1, got 0/],
    [{ epsilon: 1, stepSize: -1 }, /stepSize in \[0, 3.4e38\], got -1/],
    [{ epsilon: 1, restarts: 0 }, /restarts a whole number from 1, got 0/],
    [{ epsilon: 1, seed: 0.5 }, /seed a whole number, got 0.5/],
  ] as const
) {
  Deno.test(`PGD refuses ${JSON.stringify(options)} (${message.source})`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      pgd(engine, { network, weights: network.init(0) }, new Float32Array(36), {
        labels: new Uint16Array(1),
        ...options,
      }),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}

for (
  const [length, labels, message] of [
    [35, [0], /images of 36 numbers each, got 35/],
    [72, [0], /2 labels, got 1/],
    [36, [4], /labels below 4, got 4/],
  ] as const
) {
  Deno.test(`PGD refuses ${length} numbers with the labels ${labels}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const images = new Float32Array(length);
    await assert.rejects(
      pgd(engine, { network, weights: network.init(0) }, images, {
        labels: Uint16Array.from(labels),
        epsilon: 1,
      }),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
