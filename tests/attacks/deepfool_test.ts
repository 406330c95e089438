import assert from "node:assert/strict";
import { deepfool, type DeepFoolOptions } from "../../lib/attacks/deepfool/deepfool.ts";
import { competitorsOf } from "../../lib/attacks/deepfool/deepfool_machine.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit } from "../small_problem.ts";

const q = (p: number) => p === 1 ? Infinity : p === Infinity ? 1 : p / (p - 1);

for (const [dimensions, classes] of [[2, 2], [3, 5], [17, 3], [64, 10], [200, 26]] as const) {
  for (const p of [1, 1.5, 2, 4, Infinity]) {
    Deno.test(`DeepFool goes 1.02 times the ${p}-distance to the nearest face of an affine classifier, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const network = defineNetwork({
        name: "affine",
        inputShape: [dimensions],
        layers: dense(classes, { deviation: 1 }),
      });
      const weights = network.init(dimensions, classes);
      const gauss = normal(random("affine", dimensions, classes));
      const images = Float32Array.from({ length: 20 * dimensions }, () => 3 * gauss());
      const result = await deepfool(engine, { network, weights }, images, { p });
      const { logits, labels } = await predict(engine, { network, weights }, images);
      const w = weights.weight!.data;
      for (let i = 0; i < 20; i++) {
        const source = labels[i]!;
        const distances = [...Array(classes).keys()].filter((k) => k !== source).map((k) => {
          const difference = Array.from(
            { length: dimensions },
            (_, j) => w[k * dimensions + j]! - w[source * dimensions + j]!,
          );
          return Math.abs(logits[i * classes + k]! - logits[i * classes + source]!) /
            norm(difference, q(p));
        });
        const expected = 1.02 * Math.min(...distances);
        assert.ok(
          Math.abs(result.norms[i]! - expected) <= 1e-4 * expected,
          `${result.norms[i]} is not ${expected}`,
        );
        assert.equal(result.iterations[i], 1);
        assert.equal(result.fooled[i], 1);
        assert.notEqual(result.fooledAs[i], source);
      }
    });
  }
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = network.init("deepfool");
  const { images, count } = smallSplit(60, "deepfool");

  Deno.test(`DeepFool on ${network.name}: what it reports is what the network says`, async () => {
    const engine = await sharedEngine(2);
    const result = await deepfool(engine, { network, weights }, images);
    const before = await predict(engine, { network, weights }, images);
    const after = await predict(
      engine,
      { network, weights },
      images.map((x, i) => x + result.perturbations[i]!),
    );
    assert.deepEqual(result.predicted, before.labels);
    assert.deepEqual(result.fooledAs, after.labels);
    assert.deepEqual(
      [...result.fooled],
      [...before.labels].map((label, i) => Number(label !== after.labels[i])),
    );
    for (let i = 0; i < count; i++) {
      const row = result.perturbations.subarray(i * 36, (i + 1) * 36);
      assert.ok(Math.abs(norm(row) - result.norms[i]!) <= 1e-6 * result.norms[i]!);
      assert.ok(
        Math.abs(
          result.norms[i]! / norm(images.subarray(i * 36, (i + 1) * 36)) - result.ratios[i]!,
        ) < 1e-6,
      );
    }
  });

  Deno.test(`DeepFool on ${network.name}: a sample alone fares as in a batch`, async () => {
    const engine = await sharedEngine(2);
    const together = await deepfool(engine, { network, weights }, images);
    for (const i of [0, 7, 59]) {
      const alone = await deepfool(
        engine,
        { network, weights },
        images.slice(i * 36, (i + 1) * 36),
      );
      assert.equal(alone.iterations[0], together.iterations[i]);
      const expected = together.perturbations.subarray(i * 36, (i + 1) * 36);
      const error = norm(alone.perturbations.map((r, j) => r - expected[j]!)) / norm(expected);
      assert.ok(error < 1e-5, `relative error ${error}`);
    }
  });

  Deno.test(`DeepFool on ${network.name}: towards a class ends in that class, and samples already there stay`, async () => {
    const engine = await sharedEngine(1);
    const targets = new Uint16Array(count).fill(2);
    const result = await deepfool(engine, { network, weights }, images, { targets });
    for (let i = 0; i < count; i++) {
      if (result.predicted[i] === 2) {
        assert.equal(result.norms[i], 0);
        assert.equal(result.iterations[i], 0);
      } else if (result.fooled[i]) {
        assert.equal(result.fooledAs[i], 2);
      }
    }
    assert.ok(result.fooled.some((fooled) => fooled === 1));
  });

  Deno.test(`DeepFool on ${network.name}: the iteration limit counts unfooled samples with what they have`, async () => {
    const engine = await sharedEngine(1);
    const result = await deepfool(engine, { network, weights }, images, {
      iterations: 1,
      overshoot: 0,
    });
    assert.ok(result.iterations.every((count) => count === 1));
    assert.ok(result.norms.every((length) => length > 0));
  });

  Deno.test(`DeepFool on ${network.name}: the earlier ratios are those of an attack with that limit`, async () => {
    const engine = await sharedEngine(1);
    const attack = (options: DeepFoolOptions) =>
      deepfool(engine, { network, weights }, images, options);
    const [once, long] = [await attack({ iterations: 1 }), await attack({ earlier: 1 })];
    assert.ok(long.iterations.some((count) => count > 1), "expected samples that take longer");
    assertClose(long.earlierRatios, once.ratios, { relative: 1e-6 });
    assertClose(once.earlierRatios, once.ratios, { relative: 1e-6 });
  });

  Deno.test(`DeepFool on ${network.name}: onnx and cpu agree`, async () => {
    const onnx = await sharedEngine(2);
    await using cpu = await createEngine({ backend: "cpu" });
    // Few iterations: many amplify the last bit's difference into other choices of classes.
    const options = { iterations: 3 };
    const [a, b] = [
      await deepfool(onnx, { network, weights }, images, options),
      await deepfool(cpu, { network, weights }, images, options),
    ];
    assert.deepEqual(a.iterations, b.iterations);
    assert.ok(
      norm(a.perturbations.map((r, i) => r - b.perturbations[i]!)) < 1e-4 * norm(b.perturbations),
    );
  });
}

Deno.test("DeepFool: a network without slope moves nothing, fools nobody and ends", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = Object.fromEntries(
    Object.entries(network.parameters).map((
      [name, shape],
    ) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }]),
  );
  const result = await deepfool(engine, { network, weights }, smallSplit(3, "flat").images);
  assert.ok(result.perturbations.every((r) => r === 0));
  assert.ok(result.fooled.every((fooled) => fooled === 0));
});

Deno.test("DeepFool: competitors are the strongest classes next to the predicted one", () => {
  assert.deepEqual(competitorsOf(Float32Array.of(0.1, 5, 3, 4, -1), 3), [3, 2]);
  assert.deepEqual(competitorsOf(Float32Array.of(0.1, 5, 3), 3), [0, 2]);
});

for (
  const [options, message] of [
    [{ p: 0.5 }, /norm p in \[1, inf\], got 0.5/],
    [{ p: NaN }, /norm p in \[1, inf\], got NaN/],
    [{ iterations: 0 }, /iterations in 1-65535, got 0/],
    [{ iterations: 1.5 }, /iterations in 1-65535, got 1.5/],
    [{ overshoot: -1 }, /overshoot in \[0, 3.4e38\], got -1/],
    [{ overshoot: NaN }, /overshoot in \[0, 3.4e38\], got NaN/],
    [{ overshoot: Infinity }, /overshoot in \[0, 3.4e38\], got Infinity/],
    [{ candidates: 1 }, /candidates in 2-4, got 1/],
    [{ candidates: 5 }, /candidates in 2-4, got 5/],
  ] as const
) {
  Deno.test(`DeepFool refuses ${Object.entries(options)}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      deepfool(engine, { network, weights: network.init(0) }, new Float32Array(36), options),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}

Deno.test("DeepFool refuses images of another size", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  await assert.rejects(
    deepfool(engine, { network, weights: network.init(0) }, new Float32Array(35)),
    /images of 36 numbers each, got 35/,
  );
});
