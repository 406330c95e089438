import assert from "node:assert/strict";
import { resultLine } from "../../../lib/commands/reproduce/result_line.ts";
import type { Job } from "../../../lib/jobs/jobs.ts";
import type { RunConfig } from "../../../lib/jobs/run_folder.ts";
import { describe } from "../../../lib/jobs/kinds.ts";
import { smallPlan } from "../../jobs/small_experiment.ts";

const { jobs } = smallPlan({ experiments: ["table1", "robustness", "transfer", "auto_attack"] });
const find = (words: RegExp) => jobs.find((job) => words.test(describe(job)))!;

/** What is told of a job with this result. */
function told(job: Job, result: RunConfig["result"], status: RunConfig["status"] = "done") {
  const config = { status, result, duration_seconds: 2.1 } as RunConfig;
  return resultLine(job, config, { count: 3, total: 14 });
}

const trained = { accuracy: 0.9825, rho2: 0.11013 };
const sign = { epsilon_ref: 34.9512, accuracies: [0.98, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2] };

for (
  const [words, result, line] of [
    [/clean seed 0$/, trained, "✓ small clean seed 0  98.25%  ρ₂ 0.110  (2 s)  [3/14]"],
    [
      /clean seed 0$/,
      { accuracy: 0.9825, rho2: null },
      "✓ small clean seed 0  98.25%  (2 s)  [3/14]",
    ],
    [
      /clean .* FGS$/,
      sign,
      "✓ small clean seed 0 under FGS  60.00% @0.5 ε_ref  (2 s)  [3/14]",
    ],
    [
      /clean .* AutoAttack$/,
      { linf: { accuracy: 0.25 }, l2: { accuracy: 0.5 } },
      "✓ small clean seed 0 under AutoAttack  AutoAttack l∞ 25.00%, l2 50.00%  (2 s)  [3/14]",
    ],
    [
      /deep_defense .* FGS$/,
      sign,
      "✓ small deep_defense seed 0 under FGS  ε_ref 35.0  (2 s)  [3/14]",
    ],
    [
      /clean .* FGS$/,
      { epsilon_ref: null, epsilons: [], accuracies: [] },
      "✓ small clean seed 0 under FGS  (2 s)  [3/14]",
    ],
    [
      /clean .* stronger attacks$/,
      { rho2_fmn: 0.0931 },
      "✓ small clean seed 0 under stronger attacks  ρ₂ 0.0931  (2 s)  [3/14]",
    ],
    [
      /transfer/,
      {},
      "✓ small seed 0, transfer between reference+clean+deep_defense  (2 s)  [3/14]",
    ],
  ] as const
) {
  Deno.test(`a result line: ${line}`, () => assert.equal(told(find(words), result), line));
}

Deno.test("a result line says that a job diverged", () => {
  const line = told(find(/clean seed 0$/), null, "diverged");
  assert.equal(line, "✗ small clean seed 0  diverged  (2 s)  [3/14]");
});
