import assert from "node:assert/strict";
import type { TrainJob } from "../../lib/jobs/jobs.ts";
import { describe } from "../../lib/jobs/kinds.ts";
import { smallPlan } from "../jobs/small_experiment.ts";

const all = ["table1", "figure2", "figure3", "figure4", "ablations"] as const;

/** The settings of Figure 3's and 4's models of a seed. */
function settingsOf(models: readonly TrainJob[], of: number) {
  return models.filter(({ seed }) => seed === of)
    .map(({ network, variation }) => ({ network, ...variation }));
}

Deno.test("Figure 3 is 27 models over lambda and c, Figure 4 is 20 over layers and c, of the first seed", () => {
  const { figure3, figure4 } = smallPlan({
    networks: ["mlp", "lenet"],
    experiments: all,
    seeds: [4, 5],
  });
  assert.deepEqual(
    settingsOf(figure3, 4),
    [5, 15, 25].flatMap((lambda) =>
      [5, 10, 15, 20, 25, 30, 35, 40, 45].map((c) => ({ network: "lenet", lambda, c, d: 5 }))
    ),
  );
  assert.deepEqual(
    settingsOf(figure4, 4),
    ["conv1", "conv2", "fc1", "fc2"].flatMap((layer) =>
      [5, 15, 25, 35, 45].map((c) => ({ network: "lenet", lambda: 15, c, d: 5, layer }))
    ),
  );
});

Deno.test("Figures 3 and 4 repeat what the paper's text discusses with every other seed", () => {
  const { figure3, figure4 } = smallPlan({
    networks: ["lenet"],
    experiments: all,
    seeds: [0, 1, 2],
  });
  const own = { network: "lenet", lambda: 15, d: 5 };
  for (const seed of [1, 2]) {
    assert.deepEqual(settingsOf(figure3, seed), [5, 25, 45].map((c) => ({ ...own, c })));
    assert.deepEqual(
      settingsOf(figure4, seed),
      ["conv1", "fc1"].map((layer) => ({ ...own, c: 25, layer })),
    );
  }
  assert.deepEqual([figure3.length, figure4.length], [27 + 2 * 3, 20 + 2 * 2]);
});

Deno.test("jobs that experiments share are planned once", () => {
  const { jobs, table1, figure3, ablations } = smallPlan({ networks: ["lenet"], experiments: all });
  assert.equal(new Set(jobs.map(({ id }) => id)).size, jobs.length);
  const defended = table1.find(({ method }) => method === "deep_defense")!;
  assert.ok(figure3.some(({ id }) => id === defended.id));
  assert.equal(ablations.find(({ name }) => name === "baseline")!.model.id, defended.id);
  assert.equal(jobs.length, 6 + 26 + 20 + 8);
});

Deno.test("the studies of LeNet need LeNet", () => {
  const { jobs } = smallPlan({
    networks: ["mlp"],
    experiments: ["figure3", "figure4", "ablations"],
  });
  assert.deepEqual(jobs, []);
});

Deno.test("Figure 2 compares the paper's four methods, of those that are selected", () => {
  const methods = ["reference", "clean", "adv_train_1", "adv_train_2", "deep_defense"];
  const { figure2 } = smallPlan({ experiments: ["figure2"], methods });
  assert.deepEqual(figure2.map(({ method }) => method), ["clean", "adv_train_1", "deep_defense"]);
});

Deno.test("a model is described by the settings that are not its method's own", () => {
  const { figure3, ablations } = smallPlan({ networks: ["lenet"], experiments: all });
  assert.equal(describe(figure3[0]!), "lenet deep_defense seed 0, lambda 5, c 5");
  assert.equal(describe(figure3[13]!), "lenet deep_defense seed 0");
  assert.equal(describe(ablations.at(-1)!.model), "lenet deep_defense seed 0, c matched, p inf");
});
