import assert from "node:assert/strict";
import {
  createEngine,
  type Engine,
  type Program,
  type RunShards,
} from "../../lib/engine/engine.ts";
import { readCheckpoint } from "../../lib/jobs/run_folder.ts";
import { runTrainJob } from "../../lib/jobs/train_job.ts";
import type { TrainJob } from "../../lib/jobs/jobs.ts";
import { inNewFolder, smallContext, smallJobs } from "./small_experiment.ts";

/** The engine, on which step 3 is cut short by a signal, as on several ranks. */
function cutShort(engine: Engine, stop: AbortController): Engine {
  return {
    ...engine,
    async load<Settings, Args, Result>(owner: object, program: Program<Settings>) {
      const run = await engine.load<Settings, Args, Result>(owner, program);
      if (!("lossGradient" in program.functions)) return run;
      let steps = 0;
      const cut: RunShards<Args, Result> = (args) => {
        if (++steps < 3) return run(args);
        stop.abort(new Error("enough"));
        return Promise.reject(stop.signal.reason);
      };
      return cut;
    },
  };
}

Deno.test("a training whose step is cut short saves the state after the step before, and resumes to the same weights", () =>
  inNewFolder(async (out) => {
    await using engine = await createEngine({ workers: 1 });
    const job = smallJobs()[0] as TrainJob;
    const stop = new AbortController();
    const context = smallContext(out, { engine, checkpointSeconds: 60 });
    const folder = context.folderOf(job);
    await Deno.mkdir(folder, { recursive: true });
    await assert.rejects(
      runTrainJob(job, { ...context, engine: cutShort(engine, stop), signal: stop.signal }),
      /enough/,
    );
    const saved = await readCheckpoint(folder, job.id);
    assert.deepEqual([saved?.checkpoint.epoch, saved?.checkpoint.step], [0, 2]);
    const { result } = await runTrainJob(job, context);
    const whole = smallContext(`${out}/whole`, { engine });
    await Deno.mkdir(whole.folderOf(job), { recursive: true });
    assert.deepEqual((await runTrainJob(job, whole)).result, result);
  }));
