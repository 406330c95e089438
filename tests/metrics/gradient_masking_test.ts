import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { fgsAccuracies } from "../../lib/metrics/epsilon_ref.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import { gradientMaskingChecks } from "../../lib/metrics/gradient_masking.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { serial } from "../../lib/layers/serial.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const epsilons = [0.05, 0.2, 0.5];
const names = [
  "accuracy under PGD never rises with epsilon",
  "PGD is never weaker than the fast gradient sign",
  "PGD is never weaker than noise",
  "PGD without a bound fools every sample",
];

/** A linear classifier after a layer that rounds its input down and passes gradients on with a factor. */
function staircase(factor: number): Network {
  const floor: Layer = {
    describe: (inputShape) => ({ outputShape: inputShape }),
    forward: (_, x) => ({ output: tf.floor(tf.mul(x, 5)), trace: null }),
    reverse: (_, __, gradient) => tf.mul(gradient, factor),
    linearize: (_, __, v) => v,
  };
  const layers = serial({ flatten: flatten(), floor, logits: dense(4, { deviation: 1 }) });
  return defineNetwork({ name: `staircase ${factor}`, inputShape: [1, 6, 6], layers });
}

/** A network, samples that it predicts right, and what the checks say. */
async function checksOf(network: Network) {
  const engine = await sharedEngine(1);
  const weights = smallWeights(network, "masking");
  const { images, count } = smallSplit(40, "masking");
  const { labels } = await predict(engine, { network, weights }, images);
  const split = { images, labels, count };
  const options = { epsilons, unbounded: 50, tolerance: 0, steps: 20 };
  return await gradientMaskingChecks(engine, { network, weights }, split, options);
}

Deno.test("a network whose gradients are its own passes all checks for masked gradients", async () => {
  const checks = await checksOf(smallMlp());
  assert.deepEqual(checks.map(({ name }) => name), names);
  assert.deepEqual(checks.map(({ holds }) => holds), [true, true, true, true]);
});

Deno.test("gradients that straighten a staircase lead to what is there: all checks hold", async () => {
  const checks = await checksOf(staircase(1));
  assert.deepEqual(checks.map(({ holds }) => holds), [true, true, true, true]);
});

Deno.test("gradients that are 0 are found out by the attack without a bound", async () => {
  const checks = await checksOf(staircase(0));
  assert.equal(checks[3]!.holds, false);
  assert.ok(checks[3]!.figures.accuracies[0]! > 0);
});

Deno.test("gradients that point backwards are found out by noise", async () => {
  const checks = await checksOf(staircase(-1));
  assert.equal(checks[2]!.holds, false);
  assert.match(checks[2]!.detail, /right under PGD at epsilon/);
});

Deno.test("the checks' figures are the accuracies under the attacks", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = smallWeights(network, "figures");
  const split = smallSplit(30, "figures");
  const checks = await gradientMaskingChecks(engine, { network, weights }, split, { epsilons });
  const accuracies = [];
  for (const epsilon of epsilons) {
    const { fooled } = await pgd(engine, { network, weights }, split.images, {
      labels: split.labels,
      epsilon,
    });
    accuracies.push(fooled.filter((one) => one === 0).length / 30);
  }
  const fgs = await fgsAccuracies(engine, { network, weights }, split, epsilons);
  const close = (actual: readonly number[], expected: readonly number[]) =>
    actual.forEach((share, i) => assert.ok(Math.abs(share - expected[i]!) < 1e-9));
  for (const { figures } of checks.slice(0, 3)) {
    assert.deepEqual(figures.epsilons, epsilons);
    close(figures.accuracies, accuracies);
  }
  close(checks[0]!.figures.limits.slice(1), accuracies.slice(0, -1));
  close(checks[1]!.figures.limits, fgs);
});

for (const bad of [[], [0, 1], [-1], [1, 1], [2, 1], [NaN]]) {
  Deno.test(`the checks refuse the epsilons [${bad}]`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      gradientMaskingChecks(engine, { network, weights: network.init(0) }, smallSplit(4, "bad"), {
        epsilons: bad,
      }),
      (error) => error instanceof UserError && /rising epsilons above 0/.test(error.message),
    );
  });
}
