import assert from "node:assert/strict";
import { chooseSettings, scoreOf } from "../../lib/experiments/choose_settings.ts";
import { search as experiment, settingsToTry } from "../../lib/experiments/search.ts";
import type { RunConfig } from "../../lib/jobs/run_folder.ts";
import { smallPlan } from "../jobs/small_experiment.ts";

const reference = { accuracy: 0.98, rho2: 0.1, acc_pgd: 0.2 };

const scores: [what: string, candidate: typeof reference, score: number][] = [
  ["the reference itself", reference, 2],
  ["twice the robustness", { accuracy: 0.98, rho2: 0.2, acc_pgd: 0.4 }, 4],
  ["0.05 points less accuracy", { ...reference, accuracy: 0.9795 }, 2],
  ["0.2 points less accuracy", { accuracy: 0.978, rho2: 0.9, acc_pgd: 0.9 }, -Infinity],
];

for (const [what, candidate, score] of scores) {
  Deno.test(`the score of ${what} is ${score}`, () => {
    const actual = scoreOf(candidate, reference);
    assert.ok(actual === score || Math.abs(actual - score) < 1e-12, `${actual}`);
  });
}

Deno.test("no method has more than six candidates", () => {
  for (const tried of Object.values(settingsToTry)) {
    assert.ok(tried.length >= 2 && tried.length <= 6);
  }
});

const { search } = smallPlan({ networks: ["mlp"], experiments: ["search"] });

Deno.test("the search trains on fewer images, measures on held-out ones, and shares no job with Table 1", () => {
  const { jobs } = smallPlan({ networks: ["mlp"], methods: ["parseval"] });
  assert.ok(search.every(({ settings, validation }) => validation && settings.validation === true));
  assert.ok(!search.some(({ id }) => jobs.some((job) => job.id === id)));
});

const choices: [scores: number[], place: number][] = [
  [[2, 2.04, 2.01], 0],
  [[2, 2.01, 2.3], 2],
  [[-Infinity, 2, 2.01], 2],
  [[-Infinity, -Infinity], -1],
  [[2.5], 0],
];

for (const [scores, place] of choices) {
  Deno.test(`of candidates with the scores ${scores} the one at ${place} is chosen`, () => {
    assert.equal(chooseSettings(scores), place);
  });
}

Deno.test("of every method one candidate is chosen; one that lost accuracy has none", async () => {
  const results = [
    reference,
    { accuracy: 0.98, rho2: 0.11, acc_pgd: 0.2 },
    { accuracy: 0.9, rho2: 0.9, acc_pgd: 0.9 },
    { accuracy: 0.98, rho2: 0.12, acc_pgd: 0.2 },
  ];
  const configs = new Map(
    results.map((result, i) => [search[i]!.id, { result, status: "done" } as unknown as RunConfig]),
  );
  const plan = smallPlan({ networks: ["mlp"], experiments: ["search"] });
  const rows = await experiment.rows(plan.search, {
    jobs: plan.jobs,
    configs,
    dataset: "mnist",
    profile: "quick",
    folderOf: () => "",
  });
  assert.deepEqual(rows.map(({ method, chosen }) => [method, chosen]), [
    ["reference", 1],
    ["parseval", 0],
    ["parseval", 0],
    ["parseval", 1],
  ]);
  assert.equal(rows[2]!.score, null);
  assert.equal(rows[1]!.settings, '{"beta":0.0001,"share":0.3,"window_exponent":0}');
});
