import assert from "node:assert/strict";
import type { Attacked } from "../../../lib/attacks/attacked.ts";
import { attackTitle, sentencesOf } from "../../../lib/commands/attack/sentences.ts";
import {
  euclideanRatios,
  type NamedAttack,
  summaryOf,
} from "../../../lib/commands/attack/summary.ts";

const deepfool: NamedAttack = {
  title: "the fast gradient sign attack",
  flags: {},
  within: "none",
  network: "MLP",
  dataset: "MNIST",
};

/** Rows of attacks.arrow: label, prediction before and after. */
const rows = [[0, 0, 1], [1, 1, 1], [2, 0, 0], [3, 3, 0]].map(([label, predicted, fooled_as]) => ({
  index: 0,
  label: label!,
  predicted: predicted!,
  fooled_as: fooled_as!,
  iterations: 3,
  norm: 1,
  ratio: label === 3 ? NaN : 0.25,
}));

Deno.test("rho2 is the mean of the l2 ratios, mean_ratio of the attack's own; images without one are left out", () => {
  const summary = summaryOf(rows, deepfool, {
    ratios: Float32Array.of(0.5, 0.25, 0.75, NaN),
    leftOut: new Map([["val/a.png", "expected an image"]]),
    durationSeconds: 2,
  });
  assert.deepEqual(summary, {
    images: 4,
    accuracy: 0.75,
    accuracy_under_attack: 0.25,
    changed: 0.5,
    reached: null,
    epsilon: null,
    units: "preprocessed inputs",
    mean_norm: 1,
    rho2: 0.5,
    mean_ratio: 0.25,
    without_ratio: 1,
    mean_iterations: 3,
    fooled: null,
    fooled_in_8_bits: null,
    left_out: 1,
    left_out_first: ["val/a.png: expected an image"],
    warning_signs: [],
    duration_seconds: 2,
  });
});

Deno.test("the l2 ratios of an attack in l2 are its own; those of others follow from their perturbations", () => {
  const attacked = {
    count: 2,
    perturbations: Float32Array.of(3, 4, 0, 0),
    ratios: Float32Array.of(0.1, 0.2),
  } as Attacked;
  const images = Float32Array.of(6, 8, 0, 0);
  assert.deepEqual([...euclideanRatios(attacked, images, {})], [...attacked.ratios]);
  assert.deepEqual([...euclideanRatios(attacked, images, { norm: 2 })], [...attacked.ratios]);
  assert.deepEqual([...euclideanRatios(attacked, images, { norm: Infinity })], [0.5, NaN]);
});

const base = summaryOf(rows, deepfool, {
  ratios: Float32Array.of(0.21091, 0.21091, 0.21091, NaN),
  leftOut: new Map(),
  durationSeconds: 2,
});

Deno.test("a summary is sentences, figures have four digits and their units", () => {
  assert.deepEqual(sentencesOf({ ...base, mean_iterations: 1.47213 }, deepfool), [
    "The attack changes preprocessed inputs, without bounds.",
    "75.00% of the images are predicted right, 25.00% under attack.",
    "The predicted class changes on 50.00% of them.",
    "ρ₂ is 0.2109: the mean ratio of the perturbation's l2 norm to the image's.",
    "The perturbation's l2 norm is 1.000 on average, in units of the preprocessed input.",
    "1 image of norm 0 left out, since there is no ratio.",
    "1.472 iterations per image.",
  ]);
});

Deno.test("the strength, another norm and what has no figure are said, or left out", () => {
  const { mean_iterations: _, ...others } = base;
  const summary = {
    ...others,
    epsilon: 10,
    mean_iterations: null,
    without_ratio: 0,
    mean_ratio: 0.0444321,
  };
  const sentences = sentencesOf(summary, {
    ...deepfool,
    flags: { norm: Infinity },
  });
  const left_out_first = ["a: no image"];
  for (const [left_out, end] of [[1, "no image."], [2, "no image; ..."]] as const) {
    const last = sentencesOf({ ...summary, left_out, left_out_first }, deepfool).at(-1);
    assert.equal(last, `${left_out} left out: a: ${end}`);
  }
  assert.equal(sentences[1], "ε is 10, in units of the preprocessed input.");
  assert.deepEqual(sentences.slice(-2), [
    "In the l∞ norm the ratio is 0.04443.",
    "The perturbation's l∞ norm is 1.000 on average, in units of the preprocessed input.",
  ]);
  assert.deepEqual(
    sentencesOf({ ...summary, rho2: null, mean_ratio: null, mean_norm: null }, deepfool).filter((
      text,
    ) => text.includes("norm")),
    [],
  );
});

Deno.test("pixels, their bounds, a strength in pixels and what rounding leaves are said", () => {
  const summary = { ...base, epsilon: 255 * 0.1 / 3, fooled: 1200, fooled_in_8_bits: 1100 };
  const sentences = sentencesOf(summary, { ...deepfool, within: "pixels" });
  assert.deepEqual(sentences.slice(0, 2), [
    "The attack changes pixels, which stay between 0 and 255.",
    "ε is 8.5, in pixels of 0 to 255.",
  ]);
  assert.equal(
    sentences.at(-1),
    "The attack succeeds on 1,200 images, on 1,100 of them also once pixels are whole numbers from 0 to 255.",
  );
});

Deno.test("the model that the attack was made on is said first, warning signs last", () => {
  const sign = {
    sign: "nothing fooled",
    sentence: "The attack fools nothing.",
    figures: {},
  } as const;
  const outcome = { ratios: Float32Array.of(1), leftOut: new Map(), durationSeconds: 1 };
  const summary = summaryOf(rows, deepfool, { ...outcome, warnings: [sign] });
  assert.deepEqual(summary.warning_signs, [sign]);
  const sentences = sentencesOf(summary, { ...deepfool, source: "LeNet (a.safetensors)" });
  assert.equal(
    sentences[0],
    "The attack is made on LeNet (a.safetensors); the figures say what it does to MLP.",
  );
  assert.equal(sentences.at(-1), "Warning: The attack fools nothing.");
});

Deno.test("a target, and how many images of other classes reach it, are said", () => {
  const outcome = { ratios: Float32Array.of(1), leftOut: new Map(), durationSeconds: 1 };
  for (const [target, reached, percent] of [[0, 2 / 3, "66.67"], [1, 1 / 3, "33.33"]] as const) {
    const attack = { ...deepfool, target };
    const summary = summaryOf(rows, attack, outcome);
    assert.equal(summary.reached, reached);
    assert.ok(
      sentencesOf(summary, attack).includes(
        `The target, class ${target}, is reached on ${percent}% of the images of other classes.`,
      ),
    );
  }
  const all = { ...deepfool, target: "all" } as const;
  assert.ok(
    sentencesOf(summaryOf(rows, all, outcome), all).includes(
      "Each other class is the target in turn; the smallest perturbation that reaches one counts.",
    ),
  );
  assert.equal(summaryOf(rows.slice(0, 1), { ...deepfool, target: 0 }, outcome).reached, null);
});

Deno.test("an attack's title says what was attacked, and how many images", () => {
  assert.equal(
    attackTitle(deepfool, 10_000),
    "The fast gradient sign attack on MLP, 10,000 test images of MNIST",
  );
  assert.equal(
    attackTitle({ ...deepfool, title: "DeepFool", flags: { norm: 1 } }, 1),
    "DeepFool on MLP, 1 test image of MNIST, l1 norm",
  );
});
