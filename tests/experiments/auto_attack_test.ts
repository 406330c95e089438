import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createEngine } from "../../lib/engine/engine.ts";
import { autoAttack } from "../../lib/experiments/auto_attack.ts";
import { planOf } from "../../lib/experiments/plan.ts";
import { profiles } from "../../lib/experiments/profiles/profiles.ts";
import type { Split } from "../../lib/data/dataset.ts";
import type { Context, TestPixels } from "../../lib/jobs/context.ts";
import type { TrainedFile } from "../../lib/jobs/jobs.ts";
import { describe } from "../../lib/jobs/kinds.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import type { RunConfig } from "../../lib/jobs/run_folder.ts";
import {
  inNewFolder,
  mnistPlan,
  noEngine,
  smallContext,
  smallDataset,
  smallProfile,
  smallSelection,
} from "../jobs/small_experiment.ts";
import { smallSplit } from "../small_problem.ts";

const change = {
  experiments: ["auto_attack"],
  methods: ["reference", "clean"],
  profile: { ...smallProfile, strongImages: 260 },
} as const;
const dataset = { ...smallDataset, test: smallSplit(260, "test") };
const plan = planOf({ ...smallSelection, ...change }, { dataset, engine: noEngine });

/** The small problem's images as pixels: 128 is where its inputs are 0, and 40 of them are 1. */
const split = smallSplit(260, "pixels");
const pixels: TestPixels = {
  test: {
    ...split,
    images: split.images.map((x) => Math.min(Math.max(Math.round(128 + 40 * x), 0), 255)),
  },
  scale: {
    name: "small",
    mean: { shape: [1], data: Float32Array.of(128) },
    deviation: { shape: [1], data: Float32Array.of(40) },
  },
};

const contextIn = (out: string, change: Partial<Context>) =>
  smallContext(out, {
    dataset,
    datasetOf: () => dataset,
    pixelsOf: () => Promise.resolve(pixels),
    ...change,
  });
const finished = (configs: ReadonlyMap<string, RunConfig>) => ({
  jobs: plan.jobs,
  configs,
  dataset: "small",
  profile: "small",
  folderOf: () => "",
});
const rowsOf = (configs: ReadonlyMap<string, RunConfig>) =>
  autoAttack.rows(plan.auto_attack, finished(configs));

Deno.test("Table 1's models under AutoAttack: shares fall from member to member, the smallest norm is the smallest; an interrupted measurement goes on, a damaged one starts again", async () => {
  await using engine = await createEngine({ workers: 1 });
  const run = async (out: string, change: Partial<Context> = {}) => {
    const context = contextIn(out, { engine, ...change });
    return (await runJobs(plan.jobs, context, { profile: "small" })).configs;
  };
  await inNewFolder(async (out) => {
    const rows = await rowsOf(await run(out));
    assert.deepEqual(rows.map(({ method }) => method), ["reference", "clean"]);
    for (const row of rows) {
      assert.equal(row.images, 260);
      for (const norm of ["linf", "l2"] as const) {
        const after = (["apgd_ce", "apgd_t", "fab_t", "square"] as const)
          .map((member) => row[`${norm}_${member}`]!);
        const all = [row.accuracy!, ...after];
        assert.deepEqual(all, all.toSorted((a, b) => b - a));
        assert.equal(after.at(-1), row[`acc_${norm}`]);
        assert.ok(after[0]! < row.accuracy!);
      }
      const norms = [row.rho2_deepfool!, row.rho2_fmn!, row.rho2_fab!];
      assert.ok(row.rho2_smallest! > 0 && row.rho2_smallest! <= Math.min(...norms) * (1 + 1e-6));
      assert.ok(row.median_smallest! > 0 && row.median_smallest! < 2 * row.rho2_smallest!);
      assert.ok(row.unfooled! <= 2, "nearly all images can be fooled within the box");
      assert.deepEqual([row.left_out, row.weights_sha256], [null, null]);
    }
    for (const damage of [false, true]) {
      await inNewFolder(async (other) => {
        const controller = new AbortController();
        const told: string[] = [];
        const change: Partial<Context> = {
          signal: controller.signal,
          onProgress: ({ job, done }) => {
            if (job.kind === "auto_attack" && done > 250) controller.abort();
          },
        };
        await assert.rejects(run(other, change), { name: "AbortError" });
        const partial = `${other}/runs/${plan.auto_attack[0]!.id}/images.partial`;
        assert.ok((await Deno.stat(partial)).isFile);
        if (damage) await Deno.writeFile(partial, new Uint8Array(100));
        const configs = await run(other, { onNotice: (text) => told.push(text) });
        assert.deepEqual(await rowsOf(configs), rows);
        assert.equal(told.length, Number(damage));
        await assert.rejects(Deno.stat(partial), Deno.errors.NotFound);
      });
    }
  });
});

Deno.test("AutoAttack is run where it is asked for alone, on at most 1,000 images, in the balls that are usual on the dataset", () => {
  for (const { experiments } of Object.values(profiles)) {
    assert.ok(!experiments.includes("auto_attack"));
  }
  const jobs = (change: Parameters<typeof mnistPlan>[1]) =>
    mnistPlan("paper", { experiments: ["auto_attack"], ...change }).auto_attack;
  const mnist = jobs({ seeds: [0] });
  assert.equal(mnist.length, 2 * 7);
  for (const { radii, images } of mnist) {
    assert.deepEqual({ ...radii, images }, { linf: 25.5, l2: 382.5, images: 1000 });
  }
  for (const network of ["convnet", "net.onnx"]) {
    const [{ radii } = mnist[0]!] = jobs({ id: "cifar10", networks: [network] });
    assert.deepEqual(radii, { linf: 2, l2: 63.75 }, network);
  }
  const [photos] = jobs({ id: "imagenet:some", networks: ["net.onnx"], test: 100 });
  assert.deepEqual({ ...photos!.radii, images: photos!.images }, {
    linf: 0.5,
    l2: 127.5,
    images: 100,
  });
});

Deno.test("images in the last block that cannot be read are left out", async () => {
  const { images, labels, count } = pixels.test as Split;
  const length = images.length / count;
  const read = (wanted: Uint32Array) => {
    const indices = wanted.filter((index) => index < 250);
    const some = Float32Array.from(
      [...indices].flatMap((i) => [...images.subarray(i * length, (i + 1) * length)]),
    );
    return Promise.resolve({ images: some, indices });
  };
  const [job] = plan.auto_attack;
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder(async (out) => {
    const context = contextIn(out, {
      engine,
      pixelsOf: () => Promise.resolve({ ...pixels, test: { labels, count, read } }),
    });
    const configs = await runJobs([job!.model, job!], context, { profile: "small" });
    const { status, result } = configs.configs.get(job!.id)!;
    assert.equal(status, "done");
    assert.ok((result as { accuracy: number }).accuracy > 0.5);
    const [row] = await autoAttack.rows([job!], finished(configs.configs));
    assert.equal(row!.images, 250);
  });
});

Deno.test("models that are in files are not trained: their checksums name the jobs and are in the rows", async () => {
  const file = (method: string): TrainedFile => ({
    network: "small",
    method,
    seed: 0,
    path: fileURLToPath(import.meta.url),
    sha256: `${method}'s`,
  });
  const trained = [file("reference"), file("clean")];
  const planned = planOf({ ...smallSelection, ...change, trained }, { dataset, engine: noEngine });
  assert.deepEqual(planned.jobs.map(describe), plan.jobs.map(describe));
  assert.ok(planned.jobs.every(({ id }) => plan.jobs.every((other) => other.id !== id)));
  const models = planned.jobs.filter((job) => job.kind === "train");
  assert.ok(models.every(({ learningRates, parent }) => learningRates.length === 0 && !parent));
  const configs = new Map(
    planned.auto_attack.map(({ id }) => [id, { status: "diverged" } as RunConfig]),
  );
  const rows = await autoAttack.rows(planned.auto_attack, { ...finished(configs) });
  assert.deepEqual(rows.map((row) => row.weights_sha256), ["reference's", "clean's"]);
  const [reference] = planOf({ ...smallSelection, weights: trained[0] }, {
    dataset,
    engine: noEngine,
  }).jobs;
  assert.equal(reference!.id, models[0]!.id, "a reference is the same job as with --weights");
});
