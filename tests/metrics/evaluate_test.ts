import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { evaluate, type EvaluateOptions } from "../../lib/metrics/evaluation/evaluate.ts";
import type { Evaluation } from "../../lib/metrics/evaluation/evaluation.ts";
import {
  evaluationFigures,
  robustAccuracy,
} from "../../lib/metrics/evaluation/evaluation_figures.ts";
import { sharedEngine } from "../shared_engine.ts";
import { affineProblem, scaled } from "../attacks/affine_problem.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const model = { network, weights: smallWeights(network, "evaluate") };
const split = smallSplit(24, "evaluate");

/** An evaluation of the small network. */
async function small(options: Partial<EvaluateOptions> = {}): Promise<Evaluation> {
  const engine = await sharedEngine(1);
  return await evaluate(engine, model, split, { epsilons: [0.1, 0.3], ...options });
}

for (const [p, q] of [[2, 2], [Infinity, 1]] as const) {
  Deno.test(`of an affine classifier, the smallest norms are the distances, and robust accuracies the share beyond epsilon: p = ${p}`, async () => {
    const engine = await sharedEngine(1);
    const { network, weights, images, labels, distances } = affineProblem(30, 4, 40, q);
    const own = labels.slice();
    own[3] = (own[3]! + 1) % 4; // predicted wrong
    const sorted = distances.toSorted((a, b) => a - b);
    const epsilons = [10, 25].map((place) => (sorted[place]! + sorted[place + 1]!) / 2);
    const evaluation = await evaluate(
      engine,
      { network, weights },
      { images, labels: own, count: 40 },
      { epsilons, p },
    );
    distances.forEach((distance, i) => {
      const norm = evaluation.norms[i]!;
      if (i === 3) assert.equal(norm, 0);
      else assert.ok(norm >= distance * 0.9999 && norm <= distance * 1.03, `${norm} ${distance}`);
    });
    const { accuracy, robustAccuracies, rho } = evaluationFigures(evaluation);
    assert.equal(accuracy, 39 / 40);
    const expected = epsilons.map((epsilon) =>
      distances.filter((distance, i) => i !== 3 && distance > epsilon).length / 40
    );
    assert.deepEqual(robustAccuracies, expected);
    for (const { attack, byPrediction, byLabel, unfooled } of rho) {
      assert.ok(byPrediction > byLabel, `${attack}`);
      assert.equal(unfooled, 0);
    }
  });
}

Deno.test("what is known is the worst case of all attacks: robust accuracy is no more than under any of them", async () => {
  const evaluation = await small();
  const { robustAccuracies, underAttack } = evaluationFigures(evaluation);
  assert.deepEqual(
    underAttack.map(({ attack, epsilon }) => `${attack} ${epsilon}`),
    ["pgd 0.1", "apgd_ce 0.1", "pgd 0.3", "apgd_ce 0.3"],
  );
  for (const { epsilon, accuracy } of underAttack) {
    assert.ok(robustAccuracies[evaluation.epsilons.indexOf(epsilon)]! <= accuracy);
  }
  evaluation.attacks.forEach(({ epsilon, norms, fooled }) =>
    norms.forEach((norm, i) => {
      if (fooled[i]) assert.ok(evaluation.norms[i]! <= Math.min(norm, epsilon ?? norm));
    })
  );
});

Deno.test("another seed draws other starts of every attack that has any", async () => {
  const perturbations = async (seed: number) => {
    const found: [name: string, perturbations: string][] = [];
    await small({
      seed,
      runAttack: async ({ name, run }) => {
        const attacked = await run(split);
        found.push([name, String(attacked.perturbations)]);
        return attacked;
      },
    });
    return found;
  };
  const [one, other] = [await perturbations(0), await perturbations(1)];
  for (const [i, [name, own]] of one.entries()) {
    assert.equal(own !== other[i]![1], ["pgd", "apgd_ce"].includes(name), name);
  }
});

Deno.test("robust accuracy begins with the accuracy and never rises with epsilon", async () => {
  const evaluation = await small();
  const { accuracy } = evaluationFigures(evaluation);
  const curve = Array.from({ length: 50 }, (_, i) => robustAccuracy(evaluation, 0.05 * i));
  assert.equal(curve[0], accuracy);
  curve.forEach((value, i) => assert.ok(value <= (curve[i - 1] ?? 1)));
});

Deno.test("the perturbations that are kept have the norms that are told, and lead to the class that is told", async () => {
  const { norms, perturbations, labels, predicted, fooledAs, foundBy, attacks } = await small({
    p: 2,
  });
  norms.forEach((norm, i) => {
    const own = Math.hypot(...perturbations.subarray(i * 36, (i + 1) * 36));
    if (labels[i] !== predicted[i]) assert.deepEqual([norm, own, foundBy[i]], [0, 0, -1]);
    else {
      assert.ok(Math.abs(own - norm) < 1e-5 * own);
      assert.equal(fooledAs[i], attacks[foundBy[i]!]!.fooledAs[i]);
      assert.notEqual(fooledAs[i], labels[i]);
    }
  });
});

Deno.test("classes are summed up apart, and together are the whole", async () => {
  const { accuracy, images, robustAccuracies, classes } = evaluationFigures(await small());
  assert.deepEqual(classes.map((one) => one.class), [0, 1, 2, 3]);
  const whole = (of: (one: typeof classes[number]) => number) =>
    classes.reduce((sum, one) => sum + of(one) * one.images, 0) / images;
  assert.ok(Math.abs(whole((one) => one.accuracy) - accuracy) < 1e-12);
  robustAccuracies.forEach((robust, i) =>
    assert.ok(Math.abs(whole((one) => one.robustAccuracies[i]!) - robust) < 1e-12)
  );
});

const medians: readonly (readonly [norms: readonly number[], median: number])[] = [
  [[2], 2],
  [[Infinity], Infinity],
  [[3, 1, 2], 2],
  [[Infinity, 1, 2], 2],
  [[1, Infinity, Infinity], Infinity],
  [[4, 0, 3, 1], 2],
  [[2, Infinity, 1, 2], 2],
  [[2, Infinity, 1, 3], 2.5],
  [[1, Infinity], Infinity],
  [[Infinity, Infinity], Infinity],
  [[1, Infinity, Infinity, Infinity], Infinity],
  [[], NaN],
];

Deno.test("the median norm is right with infinite norms too", async () => {
  const evaluation = await small();
  for (const [norms, median] of medians) {
    const { medianNorm } = evaluationFigures({ ...evaluation, norms: Float32Array.from(norms) });
    assert.equal(medianNorm, median, `[${norms}]`);
  }
});

Deno.test("the attacks of an evaluation can be run by the caller", async () => {
  const whole = await small();
  const names: string[] = [];
  const evaluation = await small({
    runAttack: ({ name, epsilon, run }) => {
      names.push(`${name} ${epsilon}`);
      return run(split);
    },
  });
  assert.deepEqual(evaluation, whole);
  assert.deepEqual(names.slice(0, 3), ["deepfool null", "fmn null", "pgd 0.1"]);
});

Deno.test("the standard budget makes AutoAttack, and says what it leaves out", async () => {
  const evaluation = await small({ budget: "standard", epsilons: [0.1], p: 2 });
  assert.deepEqual(
    evaluation.attacks.map(({ name }) => name),
    ["deepfool", "fmn", "ddn", "fab", "auto_attack"],
  );
  assert.ok(evaluation.warnings.every(({ sign }) => sign !== "members left out"));
  const maximum = await small({ budget: "standard", epsilons: [0.1] });
  assert.deepEqual(maximum.attacks.map(({ name }) => name), [
    "deepfool",
    "fmn",
    "fab",
    "auto_attack",
  ]);
});

Deno.test("what AutoAttack leaves out of three classes in no image is told with the figures", async () => {
  const engine = await sharedEngine(1);
  const { network, weights, images, labels } = affineProblem(10, 3, 5, 1);
  const { warnings } = await evaluate(engine, { network, weights }, { images, labels, count: 5 }, {
    epsilons: [0.1],
    budget: "standard",
  });
  const { sentence } = warnings.find(({ sign }) => sign === "members left out")!;
  assert.match(sentence, /AutoAttack ran without apgd_t \(.*\) and square \(/);
});

Deno.test("a dead network is warned of, once for each attack and kind", async () => {
  const engine = await sharedEngine(1);
  const dead = { network, weights: scaled(model.weights, 0) };
  const { warnings } = await evaluate(engine, dead, split, { epsilons: [0.1, 0.3] });
  const kinds = warnings.map(({ attack, sign }) => `${attack} ${sign}`);
  assert.deepEqual(kinds, [...new Set(kinds)]);
  assert.equal(kinds[0], "null zero gradient");
  assert.ok(kinds.includes("apgd_ce nothing fooled"));
});

Deno.test("an attack that does worse where it is stronger is warned of; robust accuracy does not rise with it", async () => {
  const evaluation = await small({
    runAttack: async ({ name, epsilon, run }) => {
      const attacked = await run(split);
      if (name !== "apgd_ce" || epsilon !== 0.3) return attacked;
      const fooled = Uint16Array.from(split.labels, (k, i) => Number(k !== attacked.predicted[i]));
      return { ...attacked, fooledAs: attacked.predicted, fooled };
    },
  });
  const kinds = evaluation.warnings.map(({ attack, sign }) => `${attack} ${sign}`);
  assert.ok(kinds.includes("apgd_ce accuracy rises with epsilon"), kinds.join());
  assert.ok(kinds.includes("apgd_ce nothing fooled"), kinds.join());
  const [weak, strong] = evaluationFigures(evaluation).robustAccuracies;
  assert.ok(strong! <= weak!);
});

const refused: readonly (readonly [Partial<EvaluateOptions>, RegExp])[] = [
  [{ epsilons: [] }, /epsilons above 0, each once, got \[\]$/],
  [{ epsilons: [0] }, /epsilons above 0, each once, got \[0\]$/],
  [{ epsilons: [-1] }, /got \[-1\]$/],
  [{ epsilons: [NaN] }, /got \[NaN\]$/],
  [{ epsilons: [Infinity] }, /got \[Infinity\]$/],
  [{ epsilons: [1, 1] }, /each once, got \[1,1\]$/],
  [{ p: 1 }, /the norm 2 or Infinity, got 1$/],
  [{ budget: "all" as "quick" }, /the budget quick or standard, got all$/],
  [{ seed: -1 }, /seed a whole number from 0, got -1$/],
];

for (const [options, message] of refused) {
  Deno.test(`evaluating is refused: ${message.source}`, async () => {
    await assert.rejects(
      small(options),
      (error) => error instanceof UserError && error.exitCode === 2 && message.test(error.message),
    );
  });
}
