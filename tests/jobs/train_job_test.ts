import assert from "node:assert/strict";
import { firstImages } from "../../lib/data/first_images.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import type { Context } from "../../lib/jobs/context.ts";
import type { TrainJob } from "../../lib/jobs/jobs.ts";
import {
  attacksColumns,
  metricsColumns,
  readAttacks,
  readCheckpoint,
  readMetrics,
  saveCheckpoint,
  writeMetrics,
} from "../../lib/jobs/run_folder.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { runTrainJob } from "../../lib/jobs/train_job.ts";
import type { Statistics } from "../../lib/layers/batch_norm.ts";
import { mlpBn } from "../../lib/networks/mlp_bn.ts";
import { encodeSafetensors, readSafetensors } from "../../lib/networks/safetensors.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { DivergedError } from "../../lib/training/train.ts";
import { smallConvolutional } from "../small_problem.ts";
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

Deno.test("interrupted wherever it looks up, it has saved its state and resumes to the same weights", async () => {
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
    const saved = await readCheckpoint(context.folderOf(job), job.id);
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

/** A job stopped after a number of signs of progress, and the context to go on with, which notes what is said. */
async function stopped(make: (change?: Partial<Context>) => Context, after: number) {
  const stop = new AbortController();
  let left = after;
  const onProgress = () => void (--left === 0 && stop.abort(new Error("stopped")));
  const first = make({ signal: stop.signal, onProgress });
  const job = await referenceIn(first);
  await assert.rejects(runTrainJob(job, first), /stopped/);
  const said: string[] = [];
  return {
    job,
    said,
    folder: first.folderOf(job),
    context: make({ onNotice: (text) => said.push(text) }),
  };
}

Deno.test("a checkpoint whose rows are gone starts the run again, and says so", async () => {
  await withContext(async (make) => {
    const { job, said, folder, context } = await stopped(make, 1);
    await Deno.remove(`${folder}/metrics.arrow`);
    await runTrainJob(job, context);
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /expected the 1 rows .*, got 0 other rows; the run starts again from the beginning$/,
    );
    assert.equal((await readMetrics(folder)).length, 3 * 3 + 3);
  });
});

Deno.test("rows that were written after a checkpoint do not make it look damaged", async () => {
  await withContext(async (make) => {
    const { job, said, folder, context } = await stopped(make, 2);
    const saved = (await readCheckpoint(folder, job.id))!;
    await writeMetrics(folder, [...saved.rows, { ...saved.rows[0]!, loss: 7 }]);
    assert.deepEqual(await readCheckpoint(folder, job.id), saved);
    await runTrainJob(job, context);
    assert.deepEqual(said, []);
  });
});

Deno.test("a checkpoint of another run, or that does not fit the training, starts it again", async () => {
  await withContext(async (make) => {
    const { job, said, folder, context } = await stopped(make, 2);
    const saved = (await readCheckpoint(folder, job.id))!;
    const { checkpoint } = saved;
    const changes: readonly (readonly [string, Partial<Checkpoint>, RegExp])[] = [
      ["0123456789abcdef", {}, /expected a state of run .*, got one of 0123456789abcdef/],
      [job.id, { epoch: 4 }, /expected an epoch from 0 to 3, got 4/],
      [job.id, { epoch: 0.5 }, /expected an epoch from 0 to 3, got 0.5/],
      [job.id, { epoch: 3, step: 1 }, /expected a step of epoch 3 from 0 to 0, got 1/],
      [job.id, { step: 4 }, /expected a step of epoch 0 from 0 to 3, got 4/],
      [job.id, { weights: {} }, /expected a tensor fc1.weight/],
      [job.id, { velocity: {} }, /the momentum .*: expected a tensor fc1.weight/],
      [job.id, { weights: smallConvolutional().init(0) }, /expected/],
    ];
    for (const [id, change, message] of changes) {
      await saveCheckpoint(folder, id, { ...saved, checkpoint: { ...checkpoint, ...change } });
      await runTrainJob(job, context);
      assert.match(said.pop()!, message);
      assert.equal((await readMetrics(folder)).length, 3 * 3 + 3);
    }
    assert.deepEqual(said, []);
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

Deno.test("a reference that is trained with batches' statistics goes on from where it was interrupted", async () => {
  await withContext(async (make, out) => {
    const networkWith = (statistics: Statistics) =>
      mlpBn(smallDataset.inputShape, smallDataset.classes, statistics);
    const [frozen, training] = [networkWith("running"), networkWith("batch")];
    const asked = new Set<Statistics>();
    const networkOf = (_: string, statistics: Statistics = "running") => {
      asked.add(statistics);
      return statistics === "batch" ? training : frozen;
    };
    const reference = { ...smallProfile.reference, statistics: "batch" } as const;
    const change = { profile: { ...smallProfile, reference } };
    const weightsAfter = async (folder: string, stopAt: number) => {
      const folderOf = () => `${out}/${folder}`;
      const run = async (signal: AbortSignal, onProgress: Context["onProgress"]) => {
        const context = make({ networkOf, folderOf, signal, onProgress });
        return await runTrainJob(await referenceIn(context, change), context);
      };
      const stop = new AbortController();
      const stopping = run(stop.signal, ({ done }) => done === stopAt && stop.abort());
      if (stopAt > 0) await assert.rejects(stopping, { name: "AbortError" });
      await stopping.catch(() => run(new AbortController().signal, () => {}));
      return (await readSafetensors(`${out}/${folder}/model.safetensors`)).weights;
    };
    const whole = await weightsAfter("whole", 0);
    assert.deepEqual(await weightsAfter("parts", 4), whole);
    assert.ok(whole["bn1.running_var"]!.data.every((value) => value !== 1));
    assert.deepEqual([...asked].sort(), ["batch", "running"]);
  });
});
