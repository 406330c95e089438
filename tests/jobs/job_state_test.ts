import assert from "node:assert/strict";
import type { Job } from "../../lib/jobs/jobs.ts";
import { gapsIn, stateOf } from "../../lib/jobs/job_state.ts";
import { takeLock } from "../../lib/files/lock.ts";
import { writeModel } from "../../lib/jobs/run_folder.ts";
import { runJobs, type RunnerOptions } from "../../lib/jobs/runner.ts";
import { inNewFolder, smallContext, smallPlan } from "./small_experiment.ts";

const plan = smallPlan();
const [reference, deepDefense, sign, , clean] = plan.jobs as [Job, Job, Job, Job, Job];

/** Ends a job with a model that others start from. */
const finish: NonNullable<RunnerOptions["execute"]> = async (job, { folderOf }) => {
  await writeModel(folderOf(job), {}, {});
  return { result: { accuracy: 1 }, durationSeconds: 1 };
};

Deno.test("jobs that are held, interrupted, damaged or not begun are gaps, each named by how it stands", async () => {
  await inNewFolder(async (out) => {
    const context = smallContext(out);
    const { folderOf } = context;
    const run = (jobs: readonly Job[], execute: typeof finish) =>
      runJobs(jobs, context, { profile: "small", execute });
    const interrupted = () => Promise.reject(new Error("interrupted"));
    const { configs } = await run([reference], finish);
    await assert.rejects(run([reference, clean], interrupted), /interrupted/);
    await Deno.mkdir(folderOf(deepDefense), { recursive: true });
    const lock = await takeLock(`${folderOf(deepDefense)}/lock`);
    assert.ok(!("holder" in lock));
    using _ = lock;
    await Deno.mkdir(folderOf(sign), { recursive: true });
    await Deno.writeTextFile(`${folderOf(sign)}/config.json`, "{}");
    const states = await Promise.all(plan.jobs.map((job) => stateOf(job, folderOf)));
    assert.deepEqual(states, ["done", "running", "damaged", "waiting", "interrupted", "waiting"]);
    assert.equal(
      await gapsIn(6, plan.jobs.filter(({ id }) => !configs.has(id)), folderOf),
      "the results have gaps: 5 of 6 jobs are not in them (1 running, 1 damaged, 2 waiting, 1 interrupted)",
    );
    assert.equal(await gapsIn(6, [], folderOf), undefined);
  });
});
