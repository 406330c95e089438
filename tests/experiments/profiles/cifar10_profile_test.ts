import assert from "node:assert/strict";
import { cifar10Schedules, onCifar10 } from "../../../lib/experiments/profiles/cifar10_profile.ts";
import type { TrainJob } from "../../../lib/jobs/jobs.ts";
import { methodNames } from "../../../lib/experiments/methods.ts";
import { planOf, type PlanRequest } from "../../../lib/experiments/plan.ts";
import { type Profile, profiles, withEpochs } from "../../../lib/experiments/profiles/profiles.ts";
import { learningRates, multipliersOf } from "../../../lib/jobs/schedule.ts";
import { convnet } from "../../../lib/networks/convnet.ts";
import { noEngine, smallDataset } from "../../jobs/small_experiment.ts";

/** The trained networks of Table 1 on CIFAR-10, by method. */
function table1Of(network: string, profile: Profile = onCifar10(profiles.paper!)) {
  const dataset = { ...smallDataset, id: "cifar10" };
  const selection: PlanRequest = {
    profile,
    experiments: ["table1"],
    networks: [network],
    methods: methodNames,
    seeds: [0],
  };
  const { table1 } = planOf(selection, { dataset, engine: noEngine });
  return Object.fromEntries(table1.map((job) => [job.method, job])) as Record<string, TrainJob>;
}

Deno.test("the ConvNet's reference is trained by MatConvNet's schedule", () => {
  const { settings, learningRates } = table1Of("convnet").reference!;
  assert.deepEqual(
    learningRates,
    [[30, 0.05], [10, 0.005], [5, 0.0005]].flatMap(([epochs, rate]) =>
      new Array(epochs).fill(rate)
    ),
  );
  assert.equal(settings.weight_decay, 1e-4);
  assert.equal(settings.flips, true);
  assert.deepEqual(settings.rate_multipliers, { weights: 0.1, biases: 2, last: 0.1 });
});

Deno.test("NIN's reference warms up and ends after 83 epochs", () => {
  const { settings, learningRates } = table1Of("nin").reference!;
  assert.equal(learningRates.length, 83);
  assert.deepEqual(learningRates.slice(0, 4), [0.002, 0.01, 0.02, 0.04]);
  assert.deepEqual(learningRates.slice(62, 64), [0.04, 0.004]);
  assert.equal(learningRates.at(-1), 0.0004);
  assert.equal(settings.weight_decay, 5e-4);
  assert.equal(settings.flips, true);
});

Deno.test("with fewer epochs of fine-tuning the rate falls in their last fifth, and the reference is the same", () => {
  const whole = table1Of("convnet");
  const { reference, deep_defense, parseval } = table1Of(
    "convnet",
    withEpochs(onCifar10(profiles.paper!), 15),
  );
  assert.equal(reference!.id, whole.reference!.id);
  assert.notEqual(deep_defense!.id, whole.deep_defense!.id);
  const expected = [...new Array(12).fill(5e-4), ...new Array(3).fill(2.5e-4)];
  assert.deepEqual(deep_defense!.learningRates, expected);
  assert.deepEqual(parseval!.learningRates, expected);
  assert.equal(learningRates(withEpochs(profiles.paper!, 2).fineTuning).length, 2);
});

for (const network of ["convnet", "nin"]) {
  Deno.test(`${network} is fine-tuned for 50 epochs, the last ten at half the rate, flipped if it is NIN`, () => {
    const { reference, ...others } = table1Of(network);
    for (const { method, settings, learningRates, parent } of Object.values(others)) {
      assert.deepEqual([learningRates[39], learningRates[40]], [5e-4, 2.5e-4], method);
      assert.equal(learningRates.length, 50);
      assert.equal(settings.weight_decay, 5e-4);
      assert.equal(settings.flips, network === "nin" ? true : undefined);
      assert.equal(settings.rate_multipliers, undefined);
      assert.equal(parent!.id, reference!.id);
    }
  });

  Deno.test(`${network} has the paper's settings of every method`, () => {
    const { parseval, adv_train_1, deep_defense } = table1Of(network);
    assert.deepEqual(parseval!.variation, {
      beta: 3e-4,
      share: 0.3,
      window_exponent: 0.25,
    });
    assert.deepEqual(adv_train_1!.variation, { scale: 1 });
    const c = network === "nin" ? 70 : 25;
    assert.deepEqual(deep_defense!.variation, { lambda: 15, c, d: 5 });
  });
}

Deno.test("profiles on CIFAR-10: the paper's networks, of which short ones leave NIN out, and shorter schedules", () => {
  for (const profile of Object.values(profiles)) {
    const { networks, experiments, schedules, epochTestImages } = onCifar10(profile);
    assert.deepEqual(networks, profile.name === "paper" ? ["convnet", "nin"] : ["convnet"]);
    assert.ok(experiments.includes("table1") && !experiments.includes("figure3"));
    assert.ok(epochTestImages! <= 1000);
    for (const network of ["convnet", "nin"]) {
      const [short, whole] = [schedules![network]!, cifar10Schedules[network]!]
        .map(({ reference, fineTuning }) => [reference, fineTuning].map(learningRates));
      short!.forEach((rates, i) => {
        assert.deepEqual(new Set(rates), new Set(whole![i]));
        assert.ok(profile.name === "paper" || rates.length < whole![i]!.length / 4);
      });
      if (profile.name === "paper") assert.deepEqual(short, whole);
    }
  }
});

Deno.test("rates are multiplied by kind of parameter, and those of the last layer once more", () => {
  const parameters = Object.keys(convnet([3, 32, 32], 10).parameters);
  const multipliers = multipliersOf(parameters, { weights: 0.1, biases: 2, last: 0.25 });
  assert.deepEqual(Object.keys(multipliers), parameters);
  assert.equal(multipliers["conv1.weight"], 0.1);
  assert.equal(multipliers["conv4.bias"], 2);
  assert.equal(multipliers["conv5.weight"], 0.025);
  assert.equal(multipliers["conv5.bias"], 0.5);
});
