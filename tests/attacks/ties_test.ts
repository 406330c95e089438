import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { fastAdaptiveBoundary } from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";

function assertAllFooled(fooled: Uint16Array): void {
  assert.ok(fooled.every((one) => one === 1), `${fooled}`);
}

/** Whole numbers, so that logits are exact: the second class has the first one's weights with neighbours swapped, and neighbours in samples are equal. */
function tiedProblem(dimensions: number, classes: number) {
  const { network, weights, images } = affineProblem(dimensions, classes, 10, 2);
  const whole = weights.weight!.data.map((value) => Math.round(8 * value));
  const swapped = whole.map((_, i) => whole[i ^ 1]!).subarray(0, dimensions);
  whole.set(swapped, dimensions);
  const low = Float32Array.from({ length: classes }, (_, k) => k < 2 ? 0 : -1e5);
  const tied = {
    weight: { shape: network.parameters.weight!, data: whole },
    bias: { shape: [classes], data: low },
  };
  return { network, tied, symmetric: images.map((_, i) => Math.round(images[i - i % 2]!)) };
}

for (const p of [1, 1.5, 2, Infinity]) {
  for (const [dimensions, classes] of [[2, 2], [18, 3], [784, 10]] as const) {
    const { network, weights, images } = affineProblem(dimensions, classes, 10, 2);
    const of = `an affine classifier, p = ${p}, ${dimensions} dimensions, ${classes} classes`;

    Deno.test(`DeepFool on ${of}: a sample where all logits are 0 is moved off the boundary`, async () => {
      const engine = await sharedEngine(1);
      const { fooled, norms } = await deepfool(
        engine,
        { network, weights },
        new Float32Array(dimensions),
        { p },
      );
      assertAllFooled(fooled);
      assert.ok(norms[0]! > 0 && norms[0]! < 1e-12, `${norms[0]}`);
    });

    Deno.test(`DeepFool on ${of}: samples on the boundary of two classes are moved across it`, async () => {
      const engine = await sharedEngine(1);
      const { tied, symmetric } = tiedProblem(dimensions, classes);
      const { logits } = await predict(engine, { network, weights: tied }, symmetric);
      assert.ok(logits[0] !== 0 && logits[0] === logits[1]);
      const { fooled, norms } = await deepfool(engine, { network, weights: tied }, symmetric, {
        p,
      });
      assertAllFooled(fooled);
      assert.ok(norms.every((norm) => norm < 1e-3), `${norms}`);
    });

    Deno.test(`DeepFool on ${of}: overshoot 0 crosses the boundary`, async () => {
      const engine = await sharedEngine(1);
      const { fooled } = await deepfool(engine, { network, weights }, images, { p, overshoot: 0 });
      assertAllFooled(fooled);
    });

    Deno.test(`DeepFool on ${of}: logits that are all larger by a million tell no less`, async () => {
      const engine = await sharedEngine(1);
      const { shape, data } = weights.bias!;
      const offset = { ...weights, bias: { shape, data: data.map((b) => b + 1e6) } };
      const { fooled, norms } = await deepfool(engine, { network, weights: offset }, images, { p });
      assertAllFooled(fooled);
      const ordinary = await deepfool(engine, { network, weights }, images, { p });
      // Logits near a million are whole sixteenths.
      norms.forEach((norm, i) =>
        assert.ok(norm < 1.1 * ordinary.norms[i]! + 0.5, `${norm} ${ordinary.norms[i]}`)
      );
    });
  }
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = smallWeights(network, "ties");
  const { images } = smallSplit(40, "ties");

  Deno.test(`DeepFool on ${network.name}: overshoot 0 ends, and fools`, async () => {
    const engine = await sharedEngine(1);
    assertAllFooled(
      (await deepfool(engine, { network, weights }, images, { overshoot: 0 })).fooled,
    );
  });
}

Deno.test("DeepFool on an affine classifier: towards the other class, overshoot 0 crosses the boundary", async () => {
  const engine = await sharedEngine(1);
  for (const dimensions of [2, 17, 784]) {
    const { network, weights, images, labels } = affineProblem(dimensions, 2, 20, 2);
    const options = { towards: labels.map((label) => 1 - label), overshoot: 0 };
    const { fooled } = await deepfool(engine, { network, weights }, images, options);
    assertAllFooled(fooled);
  }
});

Deno.test("PGD in l2 and FMN move samples on the boundary of two classes across it", async () => {
  const engine = await sharedEngine(1);
  for (const [dimensions, classes] of [[2, 2], [18, 3], [784, 10]] as const) {
    const { network, tied, symmetric } = tiedProblem(dimensions, classes);
    const { labels } = await predict(engine, { network, weights: tied }, symmetric);
    const options = { epsilon: 1e-3, p: 2, steps: 10 };
    assertAllFooled(
      (await pgd(engine, { network, weights: tied }, symmetric, { labels, ...options })).fooled,
    );
    const { fooled, norms } = await fastMinimumNorm(engine, { network, weights: tied }, symmetric);
    assertAllFooled(fooled);
    assert.ok(norms.every((norm) => norm < 1e-3), `${norms}`);
  }
});

for (const p of [1, 2, Infinity]) {
  Deno.test(`FAB moves samples on the boundary of two classes across it, p = ${p}`, async () => {
    const engine = await sharedEngine(1);
    for (const [dimensions, classes] of [[2, 2], [18, 3], [784, 10]] as const) {
      const { network, tied, symmetric } = tiedProblem(dimensions, classes);
      const model = { network, weights: tied };
      for (const within of [undefined, { low: -100, high: 100 }]) {
        const options = { p, within };
        const { fooled, norms } = await fastAdaptiveBoundary(engine, model, symmetric, options);
        assertAllFooled(fooled);
        assert.ok(norms.every((norm) => norm > 0 && norm < 1e-3), `${norms}`);
      }
    }
  });
}
