import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { ddn } from "../../lib/attacks/ascent/ddn.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { dualExponent } from "../../lib/attacks/deepfool/linear_step.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { dense } from "../../lib/layers/dense.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { affineProblem } from "./affine_problem.ts";

const scales = [1e-30, 1e-20, 1e-12, 1, 1e12, 1e19, 1e30];
const [dimensions, classes, count] = [64, 10, 10];

for (const p of [1, 1.5, 2, 4, Infinity]) {
  for (const scale of scales) {
    Deno.test(`DeepFool goes 1.02 times the ${p}-distance to an affine classifier's boundary, weights times ${scale}`, async () => {
      const engine = await sharedEngine(1);
      const q = dualExponent(p);
      const { network, weights, images, distances } = affineProblem(
        dimensions,
        classes,
        count,
        q,
        scale,
      );
      const { norms, fooled } = await deepfool(engine, { network, weights }, images, { p });
      assertClose(norms, distances.map((distance) => 1.02 * distance), { relative: 1e-4 });
      assert.ok(fooled.every((one) => one === 1));
    });
  }
}

for (const scale of scales) {
  Deno.test(`PGD in l2 fools an affine classifier beyond its distance and not before, weights times ${scale}`, async () => {
    const engine = await sharedEngine(1);
    const problem = affineProblem(dimensions, 2, count, 2, scale);
    const { network, weights, images, labels, distances } = problem;
    for (const [i, distance] of distances.entries()) {
      const x = images.subarray(i * dimensions, (i + 1) * dimensions);
      const attack = async (epsilon: number) => {
        const options = { epsilon, p: 2, steps: 50, stepSize: epsilon / 8 };
        const label = labels.subarray(i, i + 1);
        return (await pgd(engine, { network, weights }, x, { labels: label, ...options }))
          .fooled[0];
      };
      assert.equal(await attack(0.999 * distance), 0);
      assert.equal(await attack(1.001 * distance), 1);
    }
  });

  for (const p of [1, 2, Infinity]) {
    Deno.test(`FMN finds the ${p}-distance to an affine classifier's boundary, weights times ${scale}`, async () => {
      const engine = await sharedEngine(1);
      const problem = affineProblem(dimensions, classes, count, dualExponent(p), scale);
      const { network, weights, images, distances } = problem;
      const { norms, fooled } = await fastMinimumNorm(engine, { network, weights }, images, { p });
      assert.ok(fooled.every((one) => one === 1));
      for (const [i, distance] of distances.entries()) {
        const relative = norms[i]! / distance - 1;
        assert.ok(relative > -1e-4 && relative < 2e-3, `${relative} beyond the boundary`);
      }
    });
  }

  Deno.test(`DDN finds the distance to the boundary of two classes, weights times ${scale}`, async () => {
    const engine = await sharedEngine(1);
    const problem = affineProblem(dimensions, 2, count, 2, scale);
    const { network, weights, images, distances } = problem;
    const { norms, fooled } = await ddn(engine, { network, weights }, images);
    assert.ok(fooled.every((one) => one === 1));
    for (const [i, distance] of distances.entries()) {
      const relative = norms[i]! / distance - 1;
      assert.ok(relative > -1e-4 && relative < 2e-3, `${relative} beyond the boundary`);
    }
  });
}

Deno.test("a boundary that no 32-bit number reaches: FMN and DDN end, and fool nobody", async () => {
  const engine = await sharedEngine(1);
  const layers = dense(2, { deviation: 1 });
  const network = defineNetwork({ name: "flat", inputShape: [3], layers });
  const weight = { shape: [2, 3], data: Float32Array.of(1e-37, 0, 0, 0, 2e-37, 0) };
  const model = {
    network,
    weights: { weight, bias: { shape: [2], data: Float32Array.of(900, 0) } },
  };
  const images = Float32Array.of(1, 2, 3);
  for (const p of [1, 2, Infinity]) {
    const { fooled } = await fastMinimumNorm(engine, model, images, { p, steps: 5 });
    assert.deepEqual([...fooled], [0]);
  }
  assert.deepEqual([...(await ddn(engine, model, images, { steps: 5 })).fooled], [0]);
});

Deno.test("PGD in l2 stays in balls whose squares are no numbers of float32", async () => {
  const engine = await sharedEngine(1);
  const { network, weights, images, labels } = affineProblem(dimensions, 2, count, 2);
  for (const epsilon of [1e-25, 1e25]) {
    const options = { epsilon, p: 2, steps: 10 };
    const { norms } = await pgd(engine, { network, weights }, images, { labels, ...options });
    for (const length of norms) assert.ok(length > 0 && length <= 1.00001 * epsilon, `${length}`);
  }
});
