import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { algorithm, type Job } from "../../lib/jobs/jobs.ts";
import { planOf } from "../../lib/experiments/plan.ts";
import { methodNames, methodOf } from "../../lib/experiments/methods.ts";
import { profiles } from "../../lib/experiments/profiles/profiles.ts";
import { learningRates } from "../../lib/jobs/schedule.ts";
import { describe, needsOf } from "../../lib/jobs/kinds.ts";
import {
  mnistPlan,
  noEngine,
  smallDataset,
  smallJobs,
  smallProfile,
  smallSelection,
} from "./small_experiment.ts";

const names = (jobs: readonly Job[]) => jobs.map(describe);

Deno.test("a seed's methods start from its reference, and eps_ref comes from its Deep Defense", () => {
  assert.deepEqual(names(smallJobs()), [
    "small reference seed 0",
    "small deep_defense seed 0",
    "small deep_defense seed 0 under FGS",
    "small reference seed 0 under FGS",
    "small clean seed 0",
    "small clean seed 0 under FGS",
  ]);
});

Deno.test("without the sign attack, networks are trained and nothing else", () => {
  assert.deepEqual(names(smallJobs({ experiments: ["figure2"], methods: ["clean"] })), [
    "small reference seed 0",
    "small clean seed 0",
  ]);
});

Deno.test("each job comes after the jobs it depends on, once", () => {
  const jobs = smallJobs({ networks: ["a", "b"], seeds: [0, 1, 1] });
  assert.equal(new Set(jobs.map(({ id }) => id)).size, jobs.length);
  assert.equal(jobs.length, 2 * 2 * 6);
  jobs.forEach((job, index) =>
    needsOf(job).forEach(({ job: need }) => {
      const place = jobs.findIndex(({ id }) => id === need.id);
      assert.ok(place >= 0 && place < index, describe(job));
    })
  );
});

Deno.test("a selection without Deep Defense trains it all the same, for eps_ref", () => {
  const jobs = smallJobs({ methods: ["reference"] });
  assert.ok(names(jobs).includes("small deep_defense seed 0"));
  assert.ok(!names(jobs).includes("small clean seed 0"));
});

/** JSON with all keys in alphabetical order. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      part && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}

Deno.test("an id is the first 16 digits of the SHA-256 of the settings as canonical JSON", () => {
  for (const { id, settings } of smallJobs()) {
    assert.equal(id, createHash("sha256").update(canonical(settings)).digest("hex").slice(0, 16));
    assert.equal(settings.algorithm, algorithm);
  }
});

Deno.test("ids stay what they were as long as the algorithm's number does: runs that are done stay done", () => {
  assert.equal(algorithm, 3);
  assert.deepEqual(smallJobs().map(({ id }) => id), [
    "63c4ca0c82ef8d85",
    "9a0b5b0bf0501c44",
    "3b51b58058c087a8",
    "d4be39aa926edeca",
    "cfaa66bc2fe4cdd7",
    "5bb3e853366137cb",
  ]);
});

const otherDataset = (change: Partial<Dataset<Split>>) => ({
  dataset: { ...smallDataset, ...change },
});
const otherEngine = (change: Partial<Engine>) => ({ engine: { ...noEngine, ...change } });
const rates = (change: object) => ({ ...smallProfile, ...change });
const changes: Readonly<Record<string, { selection?: object; circumstances?: object }>> = {
  "the seed": { selection: { seeds: [1] } },
  "the network": { selection: { networks: ["other"] } },
  "the data": { circumstances: otherDataset({ checksum: "1".repeat(64) }) },
  "the number of training images": {
    circumstances: { dataset: firstImages(smallDataset, { train: 100 }) },
  },
  "the number of test images": {
    circumstances: { dataset: firstImages(smallDataset, { test: 30 }) },
  },
  "the backend": { circumstances: otherEngine({ backend: "cpu" }) },
  "the device": { circumstances: otherEngine({ device: "cuda" }) },
  "the reference's epochs": {
    selection: { profile: rates({ reference: { ...smallProfile.reference, epochs: 4 } }) },
  },
  "the reference's weights": { selection: { weights: { path: "a", sha256: "0" } } },
};
for (const [what, { selection = {}, circumstances = {} }] of Object.entries(changes)) {
  Deno.test(`another id for all jobs where ${what} changes`, () => {
    const before = new Set(smallJobs().map(({ id }) => id));
    const after = planOf(
      { ...smallSelection, ...selection },
      { dataset: smallDataset, engine: noEngine, ...circumstances },
    ).jobs;
    assert.equal(after.length, before.size);
    assert.deepEqual(after.filter(({ id }) => before.has(id)).map(describe), []);
  });
}

Deno.test("changed fine-tuning leaves the reference's training alone", () => {
  const profile = rates({ fineTuning: { ...smallProfile.fineTuning, learningRate: 0.5 } });
  const [reference, ...others] = smallJobs({ profile });
  const before = smallJobs().map(({ id }) => id);
  assert.equal(reference!.id, before[0]);
  assert.ok(others.every(({ id }) => !before.includes(id)));
});

Deno.test("the number of workers does not change an id: processes with other numbers share their runs", () => {
  const [one, two] = [1, 2].map((workers) =>
    planOf(smallSelection, { dataset: smallDataset, ...otherEngine({ workers }) }).jobs
  );
  assert.deepEqual(one, two);
});

Deno.test("quick runs jobs of paper, with the same ids: paper continues them", () => {
  const [quick, paper] = ["quick", "paper"].map((name) => mnistPlan(name).jobs) as [Job[], Job[]];
  const ids = new Set(paper.map(({ id }) => id));
  assert.deepEqual(quick.filter(({ id }) => !ids.has(id)).map(describe), []);
  assert.deepEqual(names(quick.filter(({ kind }) => kind === "train")), [
    "mlp reference seed 0",
    "mlp deep_defense seed 0",
    "mlp parseval seed 0",
    "mlp adv_train_1 seed 0",
  ]);
});

Deno.test("the profile's name, other methods and where weights lie do not change an id", () => {
  const renamed = smallJobs({ profile: { ...smallProfile, name: "other", purpose: "other" } });
  assert.deepEqual(renamed, smallJobs());
  const fewer = smallJobs({ methods: ["clean"] });
  const ids = new Set(smallJobs().map(({ id }) => id));
  assert.ok(fewer.every(({ id }) => ids.has(id)));
  const from = (path: string) => smallJobs({ weights: { path, sha256: "0" } }).map(({ id }) => id);
  assert.deepEqual(from("here"), from("there"));
});

Deno.test("the rate drops for the last fifth of the epochs", () => {
  const schedule = { learningRate: 1, lastFifth: 0.5 };
  const drops = [2, 5, 10, 20].map((epochs) =>
    learningRates({ ...schedule, epochs }).filter((rate) => rate === 0.5).length
  );
  assert.deepEqual(drops, [1, 1, 2, 4]);
  assert.deepEqual(learningRates({ ...schedule, epochs: 5 }), [1, 1, 1, 1, 0.5]);
});

Deno.test("the paper profile has the published settings", () => {
  const { reference, fineTuning } = profiles.paper!;
  assert.deepEqual(reference, { epochs: 20, learningRate: 1e-3, lastFifth: 0.1 });
  assert.deepEqual(fineTuning, { epochs: 5, learningRate: 5e-4, lastFifth: 0.5 });
  assert.deepEqual(methodNames, [
    "reference",
    "clean",
    "parseval",
    "adv_train_1",
    "adv_train_2",
    "deep_defense",
    "deep_defense_adv_train_2",
  ]);
  assert.deepEqual(methodOf("deep_defense").settings("lenet"), { lambda: 15, c: 25, d: 5 });
  assert.deepEqual(methodOf("parseval").settings("lenet"), {
    beta: 1e-4,
    share: 0.3,
    window_exponent: 0,
  });
});
