import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { type Columns, decodeTable } from "../../lib/files/arrow.ts";
import type { Job, JobId, Json } from "../../lib/jobs/jobs.ts";
import { paperRow } from "../../lib/experiments/paper_table1.ts";
import { metricsColumns, type RunConfig, writeMetrics } from "../../lib/jobs/run_folder.ts";
import { fractions } from "../../lib/jobs/sign_job.ts";
import { writeTables } from "../../lib/experiments/tables.ts";
import { ablations } from "../../lib/experiments/ablations.ts";
import { figure2Columns } from "../../lib/experiments/figure2.ts";
import { figure3, figure3Columns } from "../../lib/experiments/figure3.ts";
import { figure4, figure4Columns } from "../../lib/experiments/figure4.ts";
import type { Finished } from "../../lib/experiments/experiment.ts";
import { table1, table1Columns } from "../../lib/experiments/table1.ts";
import { inNewFolder, smallPlan, withMetadata } from "../jobs/small_experiment.ts";

const plan = smallPlan({ networks: ["mlp"] });
const { jobs } = plan;
const figures = {
  accuracy: 0.9,
  rho2: 0.1,
  rho2_limit5: 0.09,
  rho2_pixels: 0.08,
  fooled_rate: 1,
  mean_iterations: 2.5,
};
const curve = {
  epsilon_ref: 0.3,
  epsilons: fractions.map((fraction) => 0.3 * fraction),
  accuracies: fractions.map((fraction) => 1 - fraction / 2),
};

function config(job: Job, result: Json = job.kind === "train" ? figures : curve): RunConfig {
  const { id, settings } = job;
  const status = result ? "done" : "diverged";
  return { id, settings, profile: "small", machine: {}, status, duration_seconds: 1, result };
}

/** The small experiment as far as the jobs given are finished. */
function finished(configs: readonly RunConfig[], change: Partial<Finished> = {}): Finished {
  return {
    jobs,
    configs: new Map(configs.map((one) => [one.id, one])),
    dataset: "mnist",
    profile: "quick",
    folderOf: () => "",
    ...change,
  };
}

/** The rows of Table 1. */
const table1Rows = async (some: Finished, { table1: models } = plan) =>
  await table1.rows(models, some);

Deno.test("the columns of the tables are those that are promised", () => {
  assert.deepEqual(
    Object.keys(table1Columns).join(", "),
    "run_id, status, dataset, network, method, seed, profile, accuracy, rho2, rho2_limit5, " +
      "rho2_pixels, fooled_rate, mean_iterations, epsilon_ref, acc_fgs_0.2, acc_fgs_0.5, " +
      "acc_fgs_1.0, paper_accuracy, paper_rho2, paper_acc_fgs_0.2, paper_acc_fgs_0.5, " +
      "paper_acc_fgs_1.0",
  );
  assert.deepEqual(
    Object.keys(figure2Columns).join(", "),
    "run_id, network, method, seed, epoch, accuracy, rho2",
  );
  assert.deepEqual(
    Object.keys(figure3Columns).join(", "),
    "run_id, lambda, c, d, seed, accuracy, rho2",
  );
  assert.deepEqual(
    Object.keys(figure4Columns).join(", "),
    "run_id, layer, c, seed, accuracy, rho2",
  );
  assert.deepEqual(
    Object.keys(metricsColumns).join(", "),
    "epoch, step, loss, regularizer, lr, train_accuracy, test_accuracy, rho2, ms",
  );
});

Deno.test("a row has a network's figures, those under the sign attack and the paper's", async () => {
  const rows = await table1Rows(finished(jobs.map((job) => config(job))));
  const deepDefense = rows.find(({ method }) => method === "deep_defense");
  assert.deepEqual(rows.map(({ method }) => method), ["reference", "clean", "deep_defense"]);
  assert.deepEqual(deepDefense, {
    run_id: jobs[1]!.id,
    status: "done",
    dataset: "mnist",
    network: "mlp",
    method: "deep_defense",
    seed: 0,
    profile: "quick",
    ...figures,
    epsilon_ref: 0.3,
    "acc_fgs_0.2": 0.9,
    "acc_fgs_0.5": 0.75,
    "acc_fgs_1.0": 0.5,
    paper_accuracy: 0.9865,
    paper_rho2: 0.225,
    "paper_acc_fgs_0.2": 0.9504,
    "paper_acc_fgs_0.5": 0.8893,
    "paper_acc_fgs_1.0": 0.5,
  });
});

Deno.test("where the paper has no figure, a row has none", async () => {
  const rows = await table1Rows(finished(jobs.map((job) => config(job))));
  assert.equal(rows.find(({ method }) => method === "clean")!.paper_rho2, null);
  const elsewhere = await table1Rows(
    finished(jobs.map((job) => config(job)), { dataset: "idx:x" }),
  );
  assert.ok(elsewhere.every(({ paper_accuracy }) => paper_accuracy === null));
});

Deno.test("only selected methods that are finished have rows; what is not measured is null", async () => {
  const some = jobs.filter(({ kind }) => kind === "train").map((job) => config(job));
  const rows = await table1Rows(
    finished(some),
    smallPlan({ networks: ["mlp"], methods: ["reference"] }),
  );
  assert.deepEqual(rows.map(({ method }) => method), ["reference"]);
  assert.equal(rows[0]!.accuracy, 0.9);
  assert.equal(rows[0]!.epsilon_ref, null);
  assert.equal(rows[0]!["acc_fgs_1.0"], null);
});

Deno.test("a diverged network's figures are null", async () => {
  const [row] = await table1Rows(finished([config(jobs[0]!, null)]));
  assert.equal(row!.status, "diverged");
  assert.equal(row!.accuracy, null);
  assert.equal(row!.rho2, null);
  assert.equal(row!.paper_accuracy, 0.9831);
});

const studies = smallPlan({
  networks: ["lenet"],
  experiments: ["table1", "figure3", "figure4", "ablations"],
});
const ofStudies = (models: readonly Job[]) =>
  finished(models.map((job) => config(job, { accuracy: 0.9, rho2: 0.1, defense: { c: 9 } })), {
    jobs: studies.jobs,
  });

Deno.test("Figure 3's rows are the models that are finished, by lambda and c", async () => {
  const some = studies.figure3.slice(0, 2);
  assert.deepEqual(
    await figure3.rows(studies.figure3, ofStudies(some)),
    [5, 10].map((c, i) => ({
      run_id: some[i]!.id,
      seed: 0,
      accuracy: 0.9,
      rho2: 0.1,
      lambda: 5,
      c,
      d: 5,
    })),
  );
});

Deno.test("Figure 4's rows are the models that are finished, by layer and c", async () => {
  const some = studies.figure4.slice(4, 6);
  const rows = await figure4.rows(studies.figure4, ofStudies(some));
  assert.deepEqual(rows.map(({ layer, c }) => [layer, c]), [["conv1", 45], ["conv2", 5]]);
});

Deno.test("an ablation's row has the c that was used, and no figures where it diverged", async () => {
  const [baseline, linear] = studies.ablations.map(({ model }) => model);
  const rows = await ablations.rows(studies.ablations, {
    ...ofStudies([baseline!]),
    configs: new Map([
      [baseline!.id, config(baseline!, { accuracy: 0.9, rho2: 0.1, defense: { c: 25 } })],
      [linear!.id, config(linear!, null)],
    ]),
  });
  assert.deepEqual(rows.map(({ ablation, c, rho2 }) => [ablation, c, rho2]), [
    ["baseline", 25, 0.1],
    ["linear", null, null],
  ]);
});

Deno.test("the tables are written with their columns, the curves from the epochs' rows", async () => {
  await inNewFolder(async (out) => {
    const folderOf = ({ id }: JobId) => `${out}/${id}`;
    for (const job of jobs) await Deno.mkdir(folderOf(job));
    const measured = { step: null, test_accuracy: 0.5, rho2: 0.1, ms: 7 };
    const epochs = [0, 1].map((epoch) => ({ epoch, ...measured }));
    await writeMetrics(folderOf(jobs[1]!), [epochs[0]!, { epoch: 1, step: 0, ms: 7 }, epochs[1]!]);
    const some = finished(jobs.slice(0, 2).map((job) => config(job)), { folderOf });
    await writeTables(out, ["table1", "figure2"], plan, some);
    await writeTables(out, ["table1", "figure2"], plan, some);
    const read = async (name: string, columns: Columns) =>
      decodeTable(await Deno.readFile(`${out}/${name}`), columns, name);
    assert.deepEqual(await read("table1.arrow", table1Columns), await table1Rows(some));
    const curves = await read("figure2.arrow", figure2Columns);
    assert.deepEqual(
      curves,
      [0, 1].map((epoch) => ({
        run_id: jobs[1]!.id,
        network: "mlp",
        method: "deep_defense",
        seed: 0,
        epoch,
        accuracy: 0.5,
        rho2: 0.1,
      })),
    );
  });
});

Deno.test("tables of another version are not written over", async () => {
  await inNewFolder(async (out) => {
    const path = `${out}/table1.arrow`;
    await writeTables(out, ["table1"], plan, finished([]));
    const other = withMetadata(await Deno.readFile(path), { format_version: "7" });
    await Deno.writeFile(path, other);
    await assert.rejects(writeTables(out, ["table1"], plan, finished([])), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(
        error.message,
        `reading ${path}: expected results of format version 1, got 7; move it away to make it again from the runs`,
      );
      return true;
    });
    assert.deepEqual(await Deno.readFile(path), other);
  });
});

Deno.test("the paper's figures: Deep Defense leaves half right at eps_ref, by definition", () => {
  for (const [dataset, network] of [["mnist", "mlp"], ["mnist", "lenet"], ["cifar10", "nin"]]) {
    assert.equal(paperRow(dataset!, network!, "deep_defense")!.fgs[2], 0.5);
  }
  assert.equal(paperRow("mnist", "mlp", "clean"), undefined);
});
