import assert from "node:assert/strict";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { predict } from "../../lib/compute/predict.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";
import { difference, relativeError, split, step } from "./step.ts";

const networks = [smallMlp(), smallConvolutional()];

/** The regulariser's part of a Deep Defense step. */
async function regularizer(
  engine: Engine,
  network: typeof networks[number],
  options: Parameters<typeof deepDefense>[0],
  data = split,
) {
  const whole = await step(engine, network, deepDefense(options), data);
  const plain = await step(engine, network, clean(), data);
  return { value: whole.regularizer, gradients: difference(whole.gradients, plain.gradients) };
}

for (const network of networks) {
  for (const layer of ["fc1", "fc2"]) {
    Deno.test(`Deep Defense on ${network.name}: the regulariser of layer ${layer} moves this layer alone`, async () => {
      const engine = await sharedEngine(1);
      const all = await regularizer(engine, network, {});
      const one = await regularizer(engine, network, { layer });
      assert.equal(one.value, all.value);
      const own = Object.keys(network.parameters).filter((name) => name.startsWith(`${layer}.`));
      for (const [name, values] of Object.entries(one.gradients)) {
        if (!own.includes(name)) assert.ok(values.every((g) => g === 0), name);
      }
      const pick = (gradients: typeof all.gradients) =>
        Object.fromEntries(own.map((name) => [name, gradients[name]!]));
      assert.ok(relativeError(pick(one.gradients), pick(all.gradients)) < 1e-5);
    });
  }

  Deno.test(`Deep Defense on ${network.name}: wrong samples that are treated like right ones are pushed from their prediction`, async () => {
    const engine = await sharedEngine(1);
    const weights = smallWeights(network, "step");
    const { labels } = await predict(engine, { network, weights }, split.images);
    assert.ok(labels.some((label, i) => label !== split.labels[i]), "expected wrong samples");
    const away = await regularizer(engine, network, { wrong: "away" });
    const right = await regularizer(engine, network, {}, { ...split, labels });
    assert.ok(Math.abs(away.value - right.value) < 1e-6 * right.value);
    assert.ok(relativeError(away.gradients, right.gradients) < 1e-4);
  });
}

Deno.test("Deep Defense of a layer that is not there names those that are", async () => {
  const engine = await sharedEngine(1);
  await assert.rejects(
    async () => await deepDefense({ layer: "fc9" }).load(engine, smallMlp()),
    /expected a layer with parameters \(fc1\.weight.*\), got fc9/,
  );
});
