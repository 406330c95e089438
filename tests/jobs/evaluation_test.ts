import assert from "node:assert/strict";
import { createEngine } from "../../lib/engine/engine.ts";
import { quickFigures } from "../../lib/jobs/evaluation.ts";
import { dense } from "../../lib/layers/dense.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { smallContext, smallDataset, smallPlan } from "./small_experiment.ts";

Deno.test("as many test images are measured as there are, also more than a call can have arguments", async () => {
  const count = 140_000;
  const network = defineNetwork({
    name: "small",
    inputShape: [2],
    layers: serial({ logits: dense(2) }),
  });
  const weights = {
    "logits.weight": { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
    "logits.bias": { shape: [2], data: new Float32Array(2) },
  };
  const images = Float32Array.from({ length: 2 * count }, (_, i) => 1 + i % 2); // (1, 2)
  const test = { images, labels: new Uint16Array(count).fill(1), count };
  await using engine = await createEngine({ workers: 1 });
  const dataset = { ...smallDataset, inputShape: [2], classes: 2, test };
  const context = smallContext("", {
    engine,
    datasetOf: () => dataset,
    networkOf: () => network,
    epochTestImages: count,
  });
  const [job] = smallPlan().jobs;
  assert.equal(job?.kind, "train");
  const { accuracy, rho2 } = await quickFigures(
    { job, context, weights },
    { rho2: true },
    { phase: "measuring", done: 0, total: 1 },
  );
  // From (1, 2) to the diagonal it is 1 / sqrt 2, of sqrt 5; DeepFool goes 2% further.
  assert.equal(accuracy, 1);
  assert.ok(Math.abs(rho2! - 1.02 * Math.sqrt(1 / 10)) < 1e-4, `${rho2}`);
});
