import assert from "node:assert/strict";
import { together } from "../../../../lib/commands/reproduce/at_once/together.ts";
import type { Progress } from "../../../../lib/jobs/context.ts";
import { smallPlan } from "../../../jobs/small_experiment.ts";

Deno.test("of jobs that run together the first is told in full, and the others by how far they are", () => {
  const told: string[] = [];
  const [a, b, c] = smallPlan().jobs;
  const view = together(({ job, done, total, note }: Progress) =>
    told.push(`${job.method} ${done}/${total}: ${note}`)
  );
  view.show({ job: a!, phase: "training", done: 1, total: 4, note: "loss 1" });
  view.show({ job: b!, phase: "training", done: 1, total: 2, note: "loss 2" });
  view.show({ job: c!, phase: "attacking", done: 0, total: 2 });
  view.leave(a!.id);
  view.show({ job: c!, phase: "attacking", done: 1, total: 2 });
  assert.deepEqual(told, [
    "reference 1/4: loss 1",
    `reference 1/4: loss 1, beside it small ${b!.method} seed 0 50%`,
    `reference 1/4: loss 1, beside it small ${b!.method} seed 0 50% and small ${
      c!.method
    } seed 0 under FGS 0%`,
    `${b!.method} 1/2: loss 2, beside it small ${c!.method} seed 0 under FGS 50%`,
  ]);
});
