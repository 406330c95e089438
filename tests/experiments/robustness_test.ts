import assert from "node:assert/strict";
import { createEngine } from "../../lib/engine/engine.ts";
import { robustness } from "../../lib/experiments/robustness.ts";
import { transfer } from "../../lib/experiments/transfer.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { readAttacks, type RunConfig } from "../../lib/jobs/run_folder.ts";
import { inNewFolder, smallContext, smallPlan } from "../jobs/small_experiment.ts";

const plan = smallPlan({ experiments: ["robustness", "transfer"] });
const finished = (configs: ReadonlyMap<string, RunConfig>) => ({
  jobs: plan.jobs,
  configs,
  dataset: "small",
  profile: "small",
  folderOf: () => "",
});

Deno.test("every model of Table 1 is attacked, and each one's examples are tried on all", async () => {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (out) => {
    const context = smallContext(out, { engine });
    const { configs } = await runJobs(plan.jobs, context, { profile: "small" });
    const rows = await robustness.rows(plan.robustness, finished(configs));
    assert.deepEqual(rows.map(({ method }) => method), ["reference", "clean", "deep_defense"]);
    for (const row of rows) {
      assert.equal(row.images, 20);
      assert.ok(row.rho2_fmn! <= row.rho2_deepfool!, "never larger than DeepFool's");
      assert.ok(row.rho2_worst! <= row.rho2_fmn! * (1 + 1e-6));
      for (const part of ["0.2", "0.5", "1.0"] as const) {
        const worst = Math.min(row[`acc_fgs_${part}`]!, row[`acc_pgd_${part}`]!);
        assert.ok(row[`acc_worst_${part}`]! <= worst);
      }
      assert.ok(row["acc_pgd_l2_1.0"]! <= row["acc_pgd_l2_0.2"]!);
      assert.equal(typeof row.failed_checks, "string");
    }
    const transfers = await transfer.rows(plan.transfer, finished(configs));
    assert.equal(transfers.length, 2 * 3 * 3);
    for (const model of plan.transfer[0]!.models) {
      const { accuracy } = transfers.find(({ attack, source, target }) =>
        attack === "deepfool" && source === model.method && target === model.method
      )!;
      const attacks = (await readAttacks(context.folderOf(model))).slice(0, 20);
      const right = attacks.filter(({ label, fooled_as }) => label === fooled_as).length;
      assert.equal(accuracy, right / 20, `${model.method} on its own examples`);
    }
  });
});

Deno.test("without an eps_ref, what is measured at parts of it is null", async () => {
  const [job] = plan.robustness;
  const result = { rho2_deepfool: 0.2, rho2_fmn: 0.1, rho2_worst: 0.1 };
  const configs = new Map([[job!.id, { result, status: "done" } as unknown as RunConfig]]);
  const [row] = await robustness.rows(plan.robustness, finished(configs));
  assert.equal(row!.rho2_fmn, 0.1);
  assert.equal(row!["acc_pgd_1.0"], null);
  assert.equal(row!.failed_checks, null);
});

Deno.test("signs of masked gradients are named", async () => {
  const [job] = plan.robustness;
  const masking = [
    { name: "PGD is never weaker than noise", holds: false, detail: "" },
    { name: "PGD without a bound fools every sample", holds: true, detail: "" },
  ];
  const result = { rho2_fmn: 0.1, masking };
  const configs = new Map([[job!.id, { result, status: "done" } as unknown as RunConfig]]);
  const [row] = await robustness.rows(plan.robustness, finished(configs));
  assert.equal(row!.failed_checks, "PGD is never weaker than noise");
});
