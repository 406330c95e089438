import assert from "node:assert/strict";
import { isAtPaperScale } from "../../../lib/experiments/profiles/paper_scale.ts";
import { profiles, withEpochs } from "../../../lib/experiments/profiles/profiles.ts";
import { profileOn } from "../../../lib/experiments/profiles/dataset_kinds.ts";
import { learningRates } from "../../../lib/jobs/schedule.ts";
import { mnistPlan } from "../../jobs/small_experiment.ts";

const weights = { path: "w", sha256: "0".repeat(64) };
const imagenet = { id: "imagenet", train: 1_281_167, test: 50_000 };

/** Plans, and whether their models are trained as in the paper: all of them, or none. */
const cases: readonly [what: string, plan: Parameters<typeof mnistPlan>, expected: boolean][] = [
  ["quick", ["quick"], true],
  ["paper", ["paper"], true],
  ["smoke", ["smoke"], false],
  ["paper with fewer training images", ["paper", { train: 10_000 }], false],
  ["paper with fewer test images", ["paper", { test: 1000 }], false],
  ["paper on images of one's own", ["paper", { id: "idx:mine" }], false],
  ["paper on CIFAR-10", ["paper", { id: "cifar10", train: 50_000 }], true],
  ["quick on CIFAR-10", ["quick", { id: "cifar10", train: 50_000 }], false],
  ["paper on ImageNet", ["paper", imagenet], true],
  ["quick on ImageNet", ["quick", imagenet], false],
  ["a profile of another name with the paper's settings", ["paper", { name: "mine" }], true],
];

for (const [what, plan, expected] of cases) {
  Deno.test(`${what} ${expected ? "is" : "is not"} at the paper's scale`, () => {
    const { table1, figure2, figure3, figure4 } = mnistPlan(...plan);
    const models = [table1, figure2, figure3, figure4].flat();
    assert.ok(models.length >= 2);
    assert.deepEqual(models.filter((model) => isAtPaperScale(model) !== expected), []);
  });
}

Deno.test("fine-tuning for fewer epochs is not at the paper's scale, its reference is", () => {
  const { fineTuning } = withEpochs(profiles.paper!, 3);
  for (const model of mnistPlan("paper", { fineTuning }).table1) {
    assert.equal(isAtPaperScale(model), model.method === "reference");
  }
});

Deno.test("what starts from a reference of fewer epochs is not at the paper's scale", () => {
  const reference = { ...profiles.paper!.reference, epochs: 6 };
  assert.ok(!mnistPlan("paper", { reference }).table1.some(isAtPaperScale));
});

Deno.test("references from a file are the paper's way on ImageNet only", () => {
  assert.ok(mnistPlan("paper", { ...imagenet, weights }).table1.every(isAtPaperScale));
  assert.ok(!mnistPlan("paper", { weights }).table1.some(isAtPaperScale));
  const unknown = { ...weights, scale: "unit" };
  assert.ok(!mnistPlan("paper", { ...imagenet, weights: unknown }).table1.some(isAtPaperScale));
});

Deno.test("on other datasets quick has a few epochs and says so", () => {
  const on = (dataset: string) => profileOn(dataset, profiles.quick!);
  for (const dataset of ["cifar10", "cifar10:DIR", "idx:DIR", "imagenet:DIR"]) {
    assert.notEqual(on(dataset).purpose, profiles.quick!.purpose, dataset);
    assert.match(on(dataset).purpose, /epochs/, dataset);
  }
  assert.equal(learningRates(on("idx:DIR").reference).length, 6);
  assert.equal(learningRates(on("idx:DIR").fineTuning).length, 2);
  assert.equal(on("mnist"), profiles.quick);
});
