import assert from "node:assert/strict";
import {
  onImagenet,
  onPhotosOfOneSize,
} from "../../../lib/experiments/profiles/imagenet_profile.ts";
import type { TrainJob } from "../../../lib/jobs/jobs.ts";
import { planOf } from "../../../lib/experiments/plan.ts";
import { type Profile, profiles } from "../../../lib/experiments/profiles/profiles.ts";
import { learningRates } from "../../../lib/jobs/schedule.ts";
import { noEngine, smallDataset } from "../../jobs/small_experiment.ts";

/** The models of Table 1 on ImageNet, the reference from a file. */
function table1Of(network: string, profile: Profile): Record<string, TrainJob> {
  const { experiments, methods, seeds } = profile;
  const weights = { path: "w.safetensors", sha256: "0".repeat(64) };
  const selection = { profile, experiments, methods, seeds, networks: [network], weights };
  const dataset = { ...smallDataset, id: "imagenet" };
  const { table1 } = planOf(selection, { dataset, engine: noEngine });
  return Object.fromEntries(table1.map((job) => [job.method, job]));
}

for (
  const [network, epochs] of [["alexnet", 10], ["alexnet_torchvision", 10], [
    "resnet18",
    1,
  ]] as const
) {
  Deno.test(`${network} has the paper's Deep Defense on ImageNet: lambda 5, c 500, d 5, ${epochs} epochs`, () => {
    const { reference, deep_defense, ...others } = table1Of(network, onImagenet(profiles.paper!));
    assert.deepEqual(others, {});
    assert.equal(reference!.weightsFile, "w.safetensors");
    assert.deepEqual(deep_defense!.variation, { lambda: 5, c: 500, d: 5 });
    assert.equal(deep_defense!.learningRates.length, epochs);
    assert.ok(deep_defense!.learningRates.every((rate) => rate > 0 && rate <= 1e-4));
  });
}

Deno.test("the shorter profiles on ImageNet take some images of all, the paper's takes all", () => {
  const { smoke, quick, paper } = profiles;
  const extents = [smoke!, quick!, paper!].map(onImagenet).map(({ trainImages, testImages }) => [
    trainImages,
    testImages,
  ]);
  assert.deepEqual(extents, [[1000, 100], [10_000, 1000], [undefined, undefined]]);
  for (const profile of [smoke!, quick!]) {
    const { reference } = onImagenet(profile).schedules!.resnet18!;
    assert.ok(learningRates(reference).length <= 9);
  }
});

Deno.test("on ImageNet, a profile says what it is for there", () => {
  for (const profile of Object.values(profiles)) {
    const { purpose, networks, epochTestImages } = onImagenet(profile);
    assert.notEqual(purpose, profile.purpose);
    assert.deepEqual(networks, ["alexnet", "resnet18"]);
    assert.ok(epochTestImages! <= 1000);
  }
});

Deno.test("on photos of one size ResNet-18 is trained from scratch with batches' statistics, and fine-tuned as on ImageNet", () => {
  const { networks, schedules, methods } = onPhotosOfOneSize(profiles.paper!);
  assert.deepEqual([networks, methods], [["resnet18"], ["reference", "deep_defense"]]);
  const { reference, fineTuning } = schedules!.resnet18!;
  assert.equal(reference.statistics, "batch");
  const rates = learningRates(reference);
  assert.equal(rates.length, 12);
  const top = rates.indexOf(Math.max(...rates));
  assert.ok(rates.every((rate, i) => i === 0 || (rate > rates[i - 1]!) === (i <= top)), `${rates}`);
  assert.ok(rates[0]! > 0 && rates.at(-1)! > 0 && rates.at(-1)! < 0.05 * rates[top]!);
  assert.deepEqual(fineTuning, onImagenet(profiles.paper!).schedules!.resnet18!.fineTuning);
});

Deno.test("the size of photos and the statistics are parts of a job's id", () => {
  const profile = onPhotosOfOneSize(profiles.paper!);
  const selection = { ...profile, profile };
  const dataset = { ...smallDataset, id: "imagenet:small" };
  const jobsOf = (imageSize?: number) =>
    planOf(selection, { dataset, engine: noEngine, imageSize }).jobs;
  const [reference] = jobsOf(64);
  assert.equal(reference!.settings.image_size, 64);
  assert.equal(reference!.settings.statistics, "batch");
  const ids = [...jobsOf(64), ...jobsOf(32), ...jobsOf()].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});
