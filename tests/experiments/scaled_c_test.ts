import assert from "node:assert/strict";
import { mean } from "d3-array";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { scaledC } from "../../lib/experiments/scaled_c.ts";
import { profiles } from "../../lib/experiments/profiles/profiles.ts";
import { readRunWeights } from "../../lib/jobs/run_folder.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { inNewFolder, smallContext, smallDataset, smallPlan } from "../jobs/small_experiment.ts";
import { sharedEngine } from "../shared_engine.ts";

Deno.test("the scaled c times the mean ratio at the start is 0.8; the paper's c stands beside it", () =>
  inNewFolder(async (out) => {
    const plan = smallPlan({ experiments: ["scaled_c"] });
    const context = smallContext(out, { engine: await sharedEngine(1) });
    const { configs } = await runJobs(plan.jobs, context, { profile: "small" });
    const { jobs } = plan;
    const finished = {
      jobs,
      configs,
      dataset: "small",
      profile: "small",
      folderOf: context.folderOf,
    };
    const rows = await scaledC.rows(plan.scaled_c, finished);
    assert.deepEqual(rows.map(({ method }) => method), [
      "reference",
      "deep_defense",
      "deep_defense",
    ]);

    const network = context.networkOf("small");
    const weights = await readRunWeights(context.folderOf(plan.scaled_c[0]!.model), network);
    const { images } = smallDataset.train;
    const options = { iterations: 5 };
    const { ratios } = await deepfool(context.engine, { network, weights }, images, options);
    assert.deepEqual(rows.map(({ c }) => c), [null, 25, 0.8 / mean(ratios)!]);
    for (const row of rows) assert.ok(row.accuracy! > 0 && row["acc_fgs_1.0"] !== null);
    assert.equal(new Set(rows.map(({ epsilon_ref }) => epsilon_ref)).size, 1);
  }));

Deno.test("the scaled c is run where it is asked for alone", () => {
  for (const { experiments } of Object.values(profiles)) {
    assert.ok(!experiments.includes("scaled_c"));
  }
});
