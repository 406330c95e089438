import assert from "node:assert/strict";
import { firstImages } from "../../lib/data/dataset.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Context } from "../../lib/experiments/context.ts";
import type { TrainJob } from "../../lib/experiments/jobs.ts";
import {
  attacksColumns,
  metricsColumns,
  readAttacks,
  readCheckpoint,
  readMetrics,
} from "../../lib/experiments/run_folder.ts";
import { runJobs } from "../../lib/experiments/runner.ts";
import { runTrainJob } from "../../lib/experiments/train_job.ts";
import { encodeSafetensors, readSafetensors } from "../../lib/networks/weights.ts";
import { DivergedError } from "../../lib/training/train.ts";
import {
  inNewFolder,
  smallContext,
  smallDataset,
  smallJobs,
  smallProfile,
} from "./small_experiment.ts";

/** Runs a test with an engine, in a new folder. */
async function withContext(
  test: (context: (change?: Partial<Context>) => Context, out: string) => Promise<void>,
): Promise<void> {
  await using engine = await createEngine({ workers: 1 });
  await inNewFolder((out) => test((change) => smallContext(out, { engine, ...change }), out));
}

/** A reference's job in a folder of its own. */
async function referenceIn(context: Context, change = {}): Promise<TrainJob> {
  const [reference] = smallJobs(change);
  await Deno.mkdir(context.folderOf(reference!), { recursive: true });
  return reference as TrainJob;
}

const options = { profile: "small" };

Deno.test("metrics have a row a step and a row an epoch, attacks a row a test image", async () => {
  await withContext(async (make) => {
    const context = make();
    const [reference, defended] = smallJobs();
    await runJobs([reference!, defended!], context, options);
    for (const [job, epochs] of [[reference!, [1, 2, 3]], [defended!, [0, 1, 2]]] as const) {
      const metrics = await readMetrics(context.folderOf(job));
      const ofEpochs = metrics.filter(({ step }) => step === null);
      assert.deepEqual(ofEpochs.map(({ epoch }) => epoch), epochs);
      for (const epoch of epochs.filter((one) => one > 0)) {
        const steps = metrics.filter((row) => row.epoch === epoch && row.step !== null);
        assert.deepEqual(steps.map(({ step }) => step), [0, 1, 2]);
        assert.ok(steps.every(({ loss, lr, ms }) => [loss, lr, ms].every(Number.isFinite)));
      }
      assert.deepEqual(Object.keys(metrics[0]!), Object.keys(metricsColumns));
      const attacks = await readAttacks(context.folderOf(job));
      assert.deepEqual(attacks.map(({ label }) => label), [...smallDataset.test.labels]);
      assert.deepEqual(attacks.map(({ index }) => index), attacks.map((_, i) => i));
      assert.deepEqual(Object.keys(attacks[0]!), Object.keys(attacksColumns));
    }
    const measured = (await readMetrics(context.folderOf(defended!))).filter(({ rho2 }) => rho2);
    assert.deepEqual(measured.map(({ epoch }) => epoch), [0, 1, 2]);
  });
});

Deno.test("interrupted wherever it looks up, it has saved its state and goes on to the same weights", async () => {
  await withContext(async (make, out) => {
    const whole = make({ folderOf: ({ id }) => `${out}/whole/${id}` });
    const [reference, defended] = smallJobs();
    await runJobs([reference!, defended!], whole, options);
    const signs: string[] = [];
    for (let sign = 1; sign <= 24; sign += 1) {
      const stop = new AbortController();
      let left = sign;
      const context = make({
        signal: stop.signal,
        checkpointSeconds: 1000,
        onProgress: ({ phase, note = "" }) => {
          if (--left === 0) signs.push(`${phase} ${note}`), stop.abort(new Error("stopped"));
        },
      });
      const run = runJobs([reference!, defended!], context, options);
      const ended = await run.then(() => true, (error) => {
        assert.equal(error.message, "stopped");
        return false;
      });
      if (ended) break;
    }
    assert.ok(signs.length > 4, `${signs}`);
    const model = async (folder: string) =>
      await Deno.readFile(`${folder}/${defended!.id}/model.safetensors`);
    await runJobs([reference!, defended!], make(), options);
    assert.deepEqual(await model(`${out}/runs`), await model(`${out}/whole`));
  });
});

Deno.test("a diverging run keeps the rows of its steps and its last good state", async () => {
  await withContext(async (make) => {
    const context = make();
    const profile = {
      ...smallProfile,
      reference: { epochs: 4, learningRate: 1e4, lastFifth: 1 },
    };
    const job = await referenceIn(context, { profile });
    await assert.rejects(runTrainJob(job, context), DivergedError);
    const rows = await readMetrics(context.folderOf(job));
    const saved = await readCheckpoint(context.folderOf(job));
    assert.ok(rows.length > 0);
    assert.equal(saved!.rows.length, rows.length);
    for (const { data } of Object.values(saved!.checkpoint.weights)) {
      assert.ok(data.every(Number.isFinite));
    }
  });
});

Deno.test("a reference whose weights leave the finite numbers in the last step is a result, and the runner goes on", async () => {
  await withContext(async (make) => {
    const profile = {
      ...smallProfile,
      reference: { epochs: 1, learningRate: 1e300, lastFifth: 1 },
    };
    const jobs = smallJobs({ profile });
    const dataset = firstImages(smallDataset, { train: 50 }); // one step
    const context = make({ dataset, datasetOf: () => dataset });
    const { diverged, configs } = await runJobs(jobs, context, options);
    assert.deepEqual(diverged.length, jobs.length);
    assert.equal(configs.get(jobs[0]!.id)!.status, "diverged");
  });
});

Deno.test("a checkpoint whose rows are gone is refused in one line", async () => {
  await withContext(async (make) => {
    const stop = new AbortController();
    const context = make({ signal: stop.signal, onProgress: () => stop.abort() });
    const job = await referenceIn(context);
    await assert.rejects(runTrainJob(job, context));
    await Deno.remove(`${context.folderOf(job)}/metrics.arrow`);
    await assert.rejects(
      runTrainJob(job, context),
      (error) => error instanceof UserError && /expected the 1 rows .* got 0$/.test(error.message),
    );
  });
});

Deno.test("a reference from a file is that file's network, attacked", async () => {
  await withContext(async (make, out) => {
    const context = make();
    const weights = context.networkOf("small").init(5);
    const path = `${out}/weights.safetensors`;
    await Deno.writeFile(path, encodeSafetensors(weights));
    const job = await referenceIn(context, { weights: { path, sha256: "0" } });
    const { result } = await runTrainJob(job, context);
    assert.ok((result.rho2 as number) > 0);
    const model = await readSafetensors(`${context.folderOf(job)}/model.safetensors`);
    assert.deepEqual(Object.keys(model.weights), Object.keys(weights));
    for (const [name, { data }] of Object.entries(weights)) {
      assert.deepEqual([...model.weights[name]!.data], [...data]);
    }
    assert.deepEqual(await readMetrics(context.folderOf(job)), []);
  });
});
