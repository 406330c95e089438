import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { notFiniteLogits, NotFiniteLogitsError } from "../../lib/compute/check_logits.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Job } from "../../lib/jobs/jobs.ts";
import { takeLock } from "../../lib/files/lock.ts";
import { readConfig, writeAttacks, writeModel } from "../../lib/jobs/run_folder.ts";
import { describe } from "../../lib/jobs/kinds.ts";
import { runJobs, type RunnerOptions } from "../../lib/jobs/runner.ts";
import { DivergedError } from "../../lib/training/train.ts";
import { inNewFolder, noEngine, smallContext, smallJobs } from "./small_experiment.ts";

const jobs = smallJobs();
const [reference, deepDefense, , , clean] = jobs as [Job, Job, Job, Job, Job];

/** Work that only says that it was done. */
function recorder(change: (job: Job) => void | Promise<void> = () => {}) {
  const done: string[] = [];
  const execute: NonNullable<RunnerOptions["execute"]> = async (job, context) => {
    done.push(describe(job));
    await change(job);
    if (job.kind === "train") {
      await writeModel(context.folderOf(job), {}, {});
      await writeAttacks(context.folderOf(job), []);
    }
    return { result: { accuracy: 1, epsilons: [] }, durationSeconds: 1 };
  };
  return { done, options: { profile: "small", execute } };
}

Deno.test("all jobs run in their order, and their configs say so", async () => {
  await inNewFolder(async (out) => {
    const { done, options } = recorder();
    const { configs, diverged } = await runJobs(jobs, smallContext(out), options);
    assert.deepEqual(done, jobs.map(describe));
    assert.deepEqual(diverged, []);
    for (const { id, settings } of jobs) {
      const config = await readConfig(`${out}/runs/${id}`, id);
      assert.deepEqual(config, configs.get(id));
      assert.equal(config!.status, "done");
      assert.equal(config!.duration_seconds, 1);
      assert.ok(Date.parse(config!.finished_at!) <= Date.now());
      assert.deepEqual(config!.settings, settings);
      assert.deepEqual(Object.keys(config!.machine as object), [
        "cpu",
        "cores",
        "memory_gb",
        "system",
        "deno",
      ]);
    }
  });
});

Deno.test("finished jobs are not run again, and the others are", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    await runJobs([reference, deepDefense], context, recorder().options);
    const { done, options } = recorder();
    await runJobs(jobs, context, options);
    assert.deepEqual(done, jobs.slice(2).map(describe));
  });
});

Deno.test("a job that another process finished between the look and the lock is not run again", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    const { done, options } = recorder();
    const runs = [runJobs([reference], context, options), runJobs([reference], context, options)];
    const ends = await Promise.allSettled(runs);
    assert.ok(ends.some(({ status }) => status === "fulfilled"));
    assert.deepEqual(done, [describe(reference)]);
  });
});

const engineOf = (workers: number) => ({ engine: { ...noEngine, workers } as Engine });

Deno.test("two runs with 1 and 2 workers in one folder do every job once, and each says its workers", async () => {
  await inNewFolder(async (out) => {
    const { done, options } = recorder(() => delay(5));
    const runs = [1, 2].map((workers) =>
      runJobs(jobs, smallContext(out, engineOf(workers)), { ...options, wait: true })
    );
    const [one, two] = await Promise.all(runs);
    assert.deepEqual(done.toSorted(), jobs.map(describe).toSorted());
    for (const { id } of jobs) {
      const config = await readConfig(`${out}/runs/${id}`, id);
      assert.match(config!.workers!.join(), /^[12]$/);
      assert.deepEqual([one!.configs.get(id), two!.configs.get(id)], [config, config]);
    }
  });
});

Deno.test("the number of workers is recorded once, and again where it changed between sittings", async () => {
  await inNewFolder(async (out) => {
    const interrupted = recorder(() => {
      throw new Error("interrupted");
    });
    for (const workers of [2, 2, 1]) {
      const context = smallContext(out, engineOf(workers));
      await assert.rejects(runJobs([reference], context, interrupted.options), /interrupted/);
    }
    const context = smallContext(out, engineOf(1));
    const { configs } = await runJobs([reference, clean], context, recorder().options);
    assert.deepEqual(configs.get(reference.id)!.workers, [2, 1]);
    assert.deepEqual(configs.get(clean.id)!.workers, [1]);
    assert.deepEqual((await readConfig(context.folderOf(reference), reference.id))!.workers, [
      2,
      1,
    ]);
  });
});

Deno.test("a job that fails is not finished, and its lock is let go", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    const failing = recorder(() => {
      throw new Error("no");
    });
    await assert.rejects(runJobs(jobs, context, failing.options), /^Error: no$/);
    assert.equal(
      (await readConfig(context.folderOf(reference), reference.id))!.finished_at,
      undefined,
    );
    const { done, options } = recorder();
    await runJobs(jobs, context, options);
    assert.equal(done.length, jobs.length);
  });
});

Deno.test("a diverged job is a result: what needs it does not run, the others do", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    const { done, options } = recorder((job) => {
      if (job === clean) throw new DivergedError(0, 3, NaN, 0);
    });
    const { configs, diverged } = await runJobs(jobs, context, options);
    assert.deepEqual(done, jobs.slice(0, 5).map(describe));
    assert.deepEqual(diverged, jobs.slice(4));
    const { status, result } = (await readConfig(context.folderOf(clean), clean.id))!;
    assert.deepEqual({ status, result }, { status: "diverged", result: null });
    assert.equal(configs.get(reference.id)!.status, "done");
    const again = recorder();
    const second = await runJobs(jobs, context, again.options);
    assert.deepEqual(again.done, []);
    assert.deepEqual(second.diverged, jobs.slice(4));
  });
});

Deno.test("a network whose logits are not finite has diverged; one from a file is the user's mistake", async () => {
  const { execute } = recorder(() => {
    throw notFiniteLogits("predicting with mlp", 3);
  }).options;
  const run = { profile: "small", execute: execute! };
  await inNewFolder(async (out) => {
    const { diverged } = await runJobs([reference], smallContext(out), run);
    assert.deepEqual(diverged, [reference]);
    const { reason } = (await readConfig(`${out}/runs/${reference.id}`, reference.id))!;
    assert.match(reason!, /^predicting with mlp: expected finite logits.* image 3: /);
  });
  await inNewFolder(async (out) => {
    const fromFile = { ...reference, weightsFile: "x.safetensors" } as Job;
    await assert.rejects(runJobs([fromFile], smallContext(out), run), NotFiniteLogitsError);
  });
});

Deno.test("a job that another process holds is left to it, and named when nothing else is left", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    await runJobs([reference], context, recorder().options);
    await Deno.mkdir(context.folderOf(clean), { recursive: true });
    const lock = await takeLock(`${context.folderOf(clean)}/lock`);
    assert.ok(!("holder" in lock));
    using _ = lock;
    const { done, options } = recorder();
    await assert.rejects(runJobs(jobs, context, options), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, 1);
      assert.ok(error.message.includes(`${clean.id} (small clean seed 0) is held by process`));
      assert.ok(!error.message.includes("\n"));
      return true;
    });
    assert.deepEqual(done, jobs.slice(1, 4).map(describe));
  });
});

Deno.test("a run that may wait says so once, and goes on when the other process has ended", async () => {
  await inNewFolder(async (out) => {
    const notices: string[] = [];
    const context = smallContext(out, { onNotice: (text) => void notices.push(text) });
    await Deno.mkdir(context.folderOf(reference), { recursive: true });
    const lock = await takeLock(`${context.folderOf(reference)}/lock`);
    assert.ok(!("holder" in lock));
    const { done, options } = recorder();
    const run = runJobs(jobs, context, { ...options, wait: true });
    await delay(2500); // it looks again after every second
    assert.deepEqual(done, []);
    lock[Symbol.dispose]();
    await run;
    assert.equal(notices.length, 1, notices.join("\n"));
    assert.match(notices[0]!, /^waiting for another process: .*\(small reference seed 0\) is held/);
    assert.equal(done.length, jobs.length);
  });
});

Deno.test("an interrupted run starts no other job, also while it waits", async () => {
  await inNewFolder(async (out) => {
    const stop = new AbortController();
    const context = smallContext(out, { signal: stop.signal });
    const { done, options } = recorder(() => stop.abort(new Error("enough")));
    await assert.rejects(runJobs(jobs, context, options), /^Error: enough$/);
    assert.deepEqual(done, [describe(reference)]);
    await assert.rejects(runJobs(jobs, context, { ...options, wait: true }), /^Error: enough$/);
  });
});

Deno.test("what is to happen after every job happens after those that were run here", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    await runJobs([reference], context, recorder().options);
    const told: Job[] = [];
    const onFinished = (job: Job) => Promise.resolve(void told.push(job));
    await runJobs(jobs, context, { ...recorder().options, onFinished });
    assert.deepEqual(told, jobs.slice(1));
  });
});

Deno.test("half-written files of a killed process are cleared away before its job is run again", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    const leaving = `${context.folderOf(reference)}/metrics.arrow.99.part`;
    await Deno.mkdir(context.folderOf(reference), { recursive: true });
    await Deno.writeTextFile(leaving, "half");
    await runJobs([reference], context, recorder().options);
    await assert.rejects(Deno.stat(leaving), Deno.errors.NotFound);
  });
});
