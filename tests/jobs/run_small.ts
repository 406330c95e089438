// Runs the small experiment in the folder that it is given; a line of output for every sign of progress.
import { createEngine } from "../../lib/engine/engine.ts";
import { runJobs } from "../../lib/jobs/runner.ts";
import { writeTables } from "../../lib/experiments/tables.ts";
import { table1 } from "../../lib/experiments/table1.ts";
import { smallContext, smallPlan, smallProfile } from "./small_experiment.ts";

const [out = ""] = Deno.args;
const plan = smallPlan();
await using engine = await createEngine({ workers: 1 });
const context = smallContext(out, {
  engine,
  onProgress: ({ phase }) => console.log(phase),
  onNotice: (text) => console.error(text),
});
const { configs } = await runJobs(plan.jobs, context, { profile: smallProfile.name });
const finished = {
  jobs: plan.jobs,
  configs,
  dataset: "small",
  profile: smallProfile.name,
  folderOf: context.folderOf,
};
await writeTables(out, ["table1", "figure2"], plan, finished);
console.log(`${(await table1.rows(plan.table1, finished)).length} rows`);
