import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { readAttacks } from "../../lib/jobs/run_folder.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { rho2, rho2Earlier, rho2Pixels, withoutRatio } from "../../lib/metrics/robustness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { inNewFolder, smallContext, smallDataset, smallJobs } from "../jobs/small_experiment.ts";
import { smallMlp, smallWeights } from "../small_problem.ts";

const length = 36;
const others = smallDataset.test.images.slice(length);
/** The first test image is 0. */
const images = Float32Array.from([...new Float32Array(length), ...others]);

Deno.test("a sample whose norm is 0 has no ratio: NaN, left out of rho_2 and counted", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const model = { network, weights: smallWeights(network, "ratio") };
  for (const attack of [deepfool, fastMinimumNorm]) {
    const [all, rest] = [
      await attack(engine, model, images),
      await attack(engine, model, others),
    ];
    assert.ok(Number.isNaN(all.ratios[0]) && all.norms[0]! > 0);
    assert.deepEqual([withoutRatio(all), withoutRatio(rest)], [1, 0]);
    assert.ok(Math.abs(rho2(all) / rho2(rest) - 1) < 1e-5);
  }
  const attacked = await deepfool(engine, model, images);
  assert.ok(Number.isFinite(rho2Earlier(attacked)));
  const dataset = { ...smallDataset, test: { ...smallDataset.test, images } };
  assert.ok(Math.abs(await rho2Pixels(attacked, dataset, "test") / rho2(attacked) - 1) < 1e-5);
});

Deno.test("a run on a sample whose norm is 0: null in its row, means without it, the count beside them", async () => {
  const engine = await sharedEngine(1);
  await inNewFolder(async (out) => {
    const dataset = { ...smallDataset, test: { ...smallDataset.test, images } };
    const context = smallContext(out, { engine, dataset, datasetOf: () => dataset });
    const [reference, defended] = smallJobs();
    const { configs } = await runJobs([reference!, defended!], context, { profile: "small" });
    for (const job of [reference!, defended!]) {
      const ratios = (await readAttacks(context.folderOf(job))).map(({ ratio }) => ratio as number);
      assert.equal(ratios[0], null);
      const rest = ratios.slice(1);
      assert.ok(rest.every(Number.isFinite));
      const figures = configs.get(job.id)!.result as Record<string, number>;
      assert.equal(figures.without_ratio, 1);
      const mean = rest.reduce((sum, ratio) => sum + ratio, 0) / rest.length;
      assert.ok(Math.abs(figures.rho2! / mean - 1) < 1e-5);
      assert.ok(Number.isFinite(figures.rho2_limit5! + figures.rho2_pixels!));
    }
  });
});
