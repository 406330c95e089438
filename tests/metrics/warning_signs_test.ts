import assert from "node:assert/strict";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { fastGradientSign } from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import type { AttackOptions, MinimumNormAttacked } from "../../lib/attacks/attacked.ts";
import { predict } from "../../lib/compute/predict.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import {
  accuracySigns,
  attackSigns,
  gradientSigns,
  memberSigns,
  roundingSigns,
  type WarningSign,
  warningSigns,
} from "../../lib/metrics/warning_signs.ts";
import type { Model } from "../../lib/networks/model.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { sharedEngine } from "../shared_engine.ts";
import { affineProblem, scaled } from "../attacks/affine_problem.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const split = smallSplit(20, "signs");
const healthy = { network, weights: smallWeights(network, "signs") };

/** Two classes of pixels 0-255: the second where the first pixel is above a threshold. */
function threshold(at: number): Model {
  const network = defineNetwork({ name: "threshold", inputShape: [2], layers: dense(2) });
  const weight = { shape: [2, 2], data: Float32Array.of(0, 0, 1, 0) };
  return { network, weights: { weight, bias: { shape: [2], data: Float32Array.of(at, 0) } } };
}

const says = (signs: readonly WarningSign[]) => signs.map(({ sign }) => sign);

Deno.test("gradients that are there are no sign", async () => {
  const engine = await sharedEngine(2);
  assert.deepEqual(await gradientSigns(engine, healthy, split), []);
});

Deno.test("a dead network's gradient is zero, by the image", async () => {
  const engine = await sharedEngine(2);
  const dead = { network, weights: scaled(healthy.weights, 0) };
  const [sign, ...more] = await gradientSigns(engine, dead, split);
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "zero gradient");
  assert.deepEqual(sign!.figures, { images: 20, of: 20 });
  assert.match(sign!.sentence, /exactly zero on 20 of 20 images \(100.00%\).*attacks without grad/);
});

Deno.test("a softmax that is saturated is told apart, with what to use: FGS does not move what PGD fools", async () => {
  const engine = await sharedEngine(1);
  const { images, labels, ...model } = affineProblem(30, 4, 20, 2, 1e4);
  const [sign, ...more] = await gradientSigns(engine, model, { images, labels, count: 20 });
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "saturated softmax");
  assert.ok(sign!.figures.images! > 10);
  assert.match(sign!.sentence, /is saturated on \d+ of 20 images.*such as DeepFool or FMN, or PGD/);
  const { perturbations } = await fastGradientSign(engine, model, images, { labels, epsilon: 10 });
  const still = Array.from(labels, (_, i) => perturbations.subarray(i * 30, (i + 1) * 30))
    .filter((delta) => delta.every((r) => r === 0));
  assert.equal(still.length, sign!.figures.images);
  const { fooled } = await pgd(engine, model, images, { labels, epsilon: 10 });
  assert.ok(fooled.every((one) => one === 1));
});

Deno.test("gradients beyond 32 bits are a sign, though the logits are finite", async () => {
  const engine = await sharedEngine(1);
  const network = defineNetwork({ name: "steep", inputShape: [2], layers: dense(2) });
  const weight = { shape: [2, 2], data: Float32Array.of(3e38, 0, -3e38, 0) };
  const bias = { shape: [2], data: new Float32Array(2) };
  const images = Float32Array.of(1e-38, 0, 2e-38, 1);
  const labels = new Uint16Array(2);
  const signs = await gradientSigns(engine, { network, weights: { weight, bias } }, {
    images,
    labels,
    count: 2,
  });
  assert.deepEqual(says(signs), ["gradient not finite"]);
  assert.deepEqual(signs[0]!.figures, { images: 2, of: 2 });
});

/** What an attack did: for each sample, the class before, after, whether it is fooled, and the ratio. */
function result(...rows: [before: number, after: number, fooled: number, ratio: number][]) {
  return {
    count: rows.length,
    predicted: Uint16Array.from(rows, ([before]) => before),
    fooledAs: Uint16Array.from(rows, ([, after]) => after),
    fooled: Uint16Array.from(rows, ([, , fooled]) => fooled),
    ratios: Float32Array.from(rows, ([, , , ratio]) => ratio),
  } as MinimumNormAttacked;
}

Deno.test("an attack that fools nothing is a sign; samples that were there before do not count", () => {
  const [sign, ...more] = attackSigns(result([0, 0, 1, 0], [1, 1, 0, 0.5], [2, 2, 0, 0.5]));
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "nothing fooled");
  assert.deepEqual(sign!.figures, { images: 2, of: 3 });
  assert.match(sign!.sentence, /fools nothing: it fails on 2 of 3 images \(66.67%\), all that/);
  assert.deepEqual(attackSigns(result([0, 0, 1, 0], [1, 1, 1, 0])), []);
  assert.deepEqual(attackSigns(result([0, 1, 1, 0.5], [1, 0, 1, 0.5])), []);
});

Deno.test("unfooled samples in the mean are counted, and the mean is told without them; a sample without a ratio is in neither", () => {
  const attacked = result([0, 1, 1, 0.25], [0, 0, 0, 1], [0, 1, 1, NaN], [0, 1, 1, 0.75]);
  const searched = { ...attacked, iterations: new Uint16Array(4) };
  const [sign, ...more] = attackSigns(searched);
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "unfooled in the mean");
  assert.deepEqual(sign!.figures, { images: 1, of: 4, mean: 2 / 3, without: 0.5 });
  assert.match(sign!.sentence, /fails on 1 of 4 images.*it is 0.6667, and 0.5 without them/);
  assert.deepEqual(attackSigns(attacked), [], "an attack with a bound is no search");
});

Deno.test("members that an ensemble lacks are a sign, each with its reason", () => {
  assert.deepEqual(memberSigns({ members: ["apgd_ce"], leftOut: [] }), []);
  const leftOut = [{ member: "apgd_t", reason: "few classes" }, {
    member: "square",
    reason: "no images",
  }] as const;
  const [sign] = memberSigns({ members: ["apgd_ce", "fab_t"], leftOut });
  assert.equal(sign!.sign, "members left out");
  assert.match(
    sign!.sentence,
    /^AutoAttack ran without apgd_t \(few classes\) and square \(no images\): all/,
  );
});

Deno.test("accuracy that rises with epsilon is a sign, where it rises most", () => {
  assert.deepEqual(accuracySigns([1, 2, 4], [0.9, 0.5, 0.5]), []);
  assert.deepEqual(accuracySigns([1, 2], [0.5, 0.6], 0.1), []);
  const [sign] = accuracySigns([1, 2, 4, 8], [0.5, 0.51, 0.4, 0.7]);
  assert.equal(sign!.sign, "accuracy rises with epsilon");
  assert.deepEqual(sign!.figures, { epsilon: 8, before: 0.4, after: 0.7 });
  assert.match(sign!.sentence, /from 40.00% at ε = 4 to 70.00% at ε = 8/);
  for (const [epsilons, accuracies] of [[[1], []], [[2, 1], [0, 0]], [[1, 1], [0, 0]]] as const) {
    assert.throws(() => accuracySigns(epsilons, accuracies), UserError);
  }
});

/** Perturbations of the first of two pixels, which is 100, and what a threshold's model says of them. */
async function moved(engine: Engine, model: Model, steps: readonly number[]) {
  const images = Float32Array.from(steps.flatMap(() => [100, 0]));
  const perturbations = Float32Array.from(steps.flatMap((step) => [step, 0]));
  const { labels: predicted } = await predict(engine, model, images);
  const examples = images.map((x, i) => x + perturbations[i]!);
  const { labels: fooledAs } = await predict(engine, model, examples);
  const fooled = predicted.map((label, i) => Number(label !== fooledAs[i]));
  return { images, attacked: { perturbations, predicted, fooledAs, fooled } as never };
}

Deno.test("successes that rounding to 8 bits unmakes are a sign", async () => {
  const engine = await sharedEngine(1);
  const model = threshold(100.4);
  const { images, attacked } = await moved(engine, model, [0.45, 2, 0.39, 200]);
  const [sign, ...more] = await roundingSigns(engine, model, images, attacked);
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "success lost by rounding");
  assert.deepEqual(sign!.figures, { images: 1, of: 3 });
  assert.match(sign!.sentence, /no longer succeeds on 1 of 3 images \(33.33%\)/);
});

Deno.test("successes that rounding to 8 bits makes are a sign", async () => {
  const engine = await sharedEngine(1);
  const model = threshold(100.6);
  const { images, attacked } = await moved(engine, model, [0.55, 2, 0.3]);
  const [sign, ...more] = await roundingSigns(engine, model, images, attacked);
  assert.deepEqual(more, []);
  assert.equal(sign!.sign, "success made by rounding");
  assert.deepEqual(sign!.figures, { images: 1, of: 2 });
});

Deno.test("what rounding leaves is judged by the attack's own goal: labels to leave, or targets", async () => {
  const engine = await sharedEngine(1);
  const model = threshold(100.4);
  const { images, attacked } = await moved(engine, model, [0.45, 0.45]);
  const lost = async (goal: AttackOptions) =>
    (await roundingSigns(engine, model, images, attacked, goal)).map(({ figures }) =>
      figures.images
    );
  assert.deepEqual(await lost({ targets: Uint16Array.of(1, 1) }), [2]);
  assert.deepEqual(await lost({ targets: Uint16Array.of(0, 1) }), [1]);
  assert.deepEqual(await lost({ labels: Uint16Array.of(1, 0) }), [1]);
});

Deno.test("the signs of an attack are those of its gradients, on the model that it was made on, its results and its pixels", async () => {
  const engine = await sharedEngine(1);
  const { network, weights } = threshold(100.4);
  const images = Float32Array.of(100, 0, 90, 0);
  const pixels = { images, labels: new Uint16Array(2), count: 2 };
  const within = { low: 0, high: 255 };
  const attacked = await fastMinimumNorm(engine, { network, weights }, images, { within });
  const model = { network, weights };
  const dead = { network, weights: scaled(weights, 0) };
  const options = { pixels: true };
  assert.deepEqual(says(await warningSigns(engine, model, pixels, attacked, options)), [
    "success lost by rounding",
  ]);
  const transferred = await warningSigns(engine, model, pixels, attacked, { source: dead });
  assert.deepEqual(says(transferred), ["zero gradient"]);
});
