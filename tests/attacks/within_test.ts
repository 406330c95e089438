import assert from "node:assert/strict";
import { apgd } from "../../lib/attacks/apgd/apgd.ts";
import { ddn } from "../../lib/attacks/ascent/ddn.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { fastAdaptiveBoundary } from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { squareAttack } from "../../lib/attacks/square/square_attack.ts";
import type { Attacked, AttackOptions } from "../../lib/attacks/attacked.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { fastGradientSign } from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { keepWithin } from "../../lib/attacks/within.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { random } from "../../lib/engine/random.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Model } from "../../lib/networks/model.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";
import { boxedDistance } from "./boxed_distance.ts";

const count = 30;

/** Samples of which every third number lies at an end of the box. */
function samplesIn(low: number, high: number, length: number, key: string): Float32Array {
  const next = random("within", key);
  return Float32Array.from({ length: count * length }, () => {
    const [kind, at] = [next(), next()];
    if (kind < 1 / 6) return low;
    return kind < 1 / 3 ? high : low + (high - low) * at;
  });
}

const row = (rows: Float32Array, i: number) =>
  rows.subarray(i * rows.length / count, (i + 1) * rows.length / count);
const mean = (numbers: Float32Array) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

const problems = [[2, 2], [3, 5], [64, 10], [500, 4]] as const;

/** An affine classifier and samples in the box [-1, 1]. */
function boxedProblem(dimensions: number, classes: number) {
  const { network, weights } = affineProblem(dimensions, classes, 1, 2);
  const images = samplesIn(-1, 1, dimensions, `${dimensions}`);
  return { model: { network, weights }, images, within: { low: -1, high: 1 } };
}

/** The smallest p-norm that takes each sample to another class inside the box, in float64; infinite where the box lies in one class. */
async function distancesWithin(
  engine: Engine,
  { model, images }: ReturnType<typeof boxedProblem>,
  p: number,
): Promise<number[]> {
  const { classes } = model.network;
  const { logits, labels } = await predict(engine, model, images);
  const w = model.weights.weight!.data;
  return Array.from(labels, (source, i) => {
    const x = row(images, i);
    const distances = [...Array(classes).keys()].filter((k) => k !== source).flatMap((k) => {
      const slope = Array.from(x, (_, j) => w[k * x.length + j]! - w[source * x.length + j]!);
      const height = logits[i * classes + source]! - logits[i * classes + k]!;
      const room = slope.map((s, j) => s > 0 ? 1 - x[j]! : x[j]! + 1);
      return boxedDistance({ w: slope, height, room }, p) ?? [];
    });
    return Math.min(...distances);
  });
}

for (const [dimensions, classes] of problems) {
  const problem = boxedProblem(dimensions, classes);
  for (const p of [1, 2, Infinity]) {
    Deno.test(`DeepFool in a box goes to the nearest boundary that the box reaches, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const options = { p, within: problem.within, iterations: 1, overshoot: 0 };
      const { norms, perturbations } = await deepfool(
        engine,
        problem.model,
        problem.images,
        options,
      );
      const distances = await distancesWithin(engine, problem, p);
      let reached = 0;
      for (const [i, expected] of distances.entries()) {
        if (expected === Infinity) continue; // the box lies in one class
        reached++;
        assert.ok(
          Math.abs(norms[i]! - expected) <= 1e-4 * expected + 1e-7,
          `${norms[i]} is not ${expected}`,
        );
        assert.ok(norm(row(perturbations, i), p) > 0);
      }
      assert.ok(reached > count / 3, `${reached} boxes reach a boundary`);
    });

    Deno.test(`FMN in a box finds the distance to the nearest boundary that the box reaches, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const options = { p, within: problem.within };
      const { norms, fooled } = await fastMinimumNorm(
        engine,
        problem.model,
        problem.images,
        options,
      );
      const distances = await distancesWithin(engine, problem, p);
      for (const [i, distance] of distances.entries()) {
        assert.equal(fooled[i], Number(distance < Infinity));
        const relative = norms[i]! / distance - 1;
        assert.ok(
          !fooled[i] || relative > -1e-4 && relative < 5e-3,
          `${relative} beyond the boundary`,
        );
      }
    });
  }

  Deno.test(`DDN in a box finds a boundary that the box reaches, as near as DeepFool's, ${dimensions} dimensions, ${classes} classes`, async () => {
    const engine = await sharedEngine(1);
    const { norms, fooled } = await ddn(engine, problem.model, problem.images, problem);
    const distances = await distancesWithin(engine, problem, 2);
    for (const [i, distance] of distances.entries()) {
      assert.equal(fooled[i], Number(distance < Infinity));
      const relative = norms[i]! / distance - 1;
      const most = classes === 2 ? 5e-3 : 0.0201;
      assert.ok(!fooled[i] || relative > -1e-4 && relative < most, `${relative} beyond it`);
    }
  });
}

type Run = (
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: AttackOptions,
) => Promise<Attacked>;

const attacks: Record<string, Run> = {
  ...Object.fromEntries(
    [1, 2, Infinity].map((p): [string, Run] => [
      `DeepFool p=${p}`,
      (engine, model, images, options) => deepfool(engine, model, images, { p, ...options }),
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, Infinity].map((p): [string, Run] => [
      `FMN p=${p}`,
      (engine, model, images, options) => fastMinimumNorm(engine, model, images, { p, ...options }),
    ]),
  ),
  DDN: ddn,
  FGS: (engine, model, images, options) =>
    fastGradientSign(engine, model, images, { epsilon: 0.7, ...options }),
  ...Object.fromEntries(
    [2, Infinity].map((p): [string, Run] => [
      `PGD p=${p}`,
      (engine, model, images, options) =>
        pgd(engine, model, images, { epsilon: p === 2 ? 3 : 0.7, p, steps: 10, ...options }),
    ]),
  ),
  ...Object.fromEntries(
    [2, Infinity].map((p): [string, Run] => [
      `APGD-CE p=${p}`,
      (engine, model, images, options) =>
        apgd(engine, model, images, { epsilon: p === 2 ? 3 : 0.7, p, steps: 10, ...options }),
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, Infinity].map((p): [string, Run] => [
      `FAB p=${p}`,
      (engine, model, images, options) =>
        fastAdaptiveBoundary(engine, model, images, { p, iterations: 10, ...options }),
    ]),
  ),
  ...Object.fromEntries(
    [2, Infinity].map((p): [string, Run] => [
      `Square p=${p}`,
      (engine, model, images, options) => {
        const epsilon = p === 2 ? 3 : 0.7;
        return squareAttack(engine, model, images, { epsilon, p, queries: 50, ...options });
      },
    ]),
  ),
};

for (const network of [smallMlp(), smallConvolutional()]) {
  const model = { network, weights: smallWeights(network, "within") };
  const [low, high] = [-0.9, 1.3];
  const images = samplesIn(low, high, 36, network.name);
  const targets = Uint16Array.from({ length: count }, (_, i) => i % 4);

  for (const [name, attack] of Object.entries(attacks)) {
    for (const goal of [{}, { targets }]) {
      const towards = "targets" in goal ? ", towards classes," : "";
      Deno.test(`${name} on ${network.name}${towards} stays in its box, and what it reports is what the network says there`, async () => {
        const engine = await sharedEngine(1);
        const own = name === "FGS" && !towards ? { labels: targets } : goal;
        const bounds = { low: Math.fround(low), high: Math.fround(high) };
        const within = { low: new Float32Array(36).fill(low), high };
        const result = await attack(engine, model, images, { within, ...own });
        const moved = images.map((x, i) => x + result.perturbations[i]!);
        assert.ok(moved.every((x) => x >= bounds.low && x <= bounds.high));
        const { labels } = await predict(engine, model, moved);
        assert.deepEqual(result.fooledAs, labels);
        assert.ok(result.fooled.some(Boolean));
        if (towards) {
          assert.deepEqual([...result.fooled], [...labels].map((k, i) => Number(k === targets[i])));
        }
        const free = await attack(engine, model, images, own);
        const outside = images.some((x, i) => {
          const to = x + free.perturbations[i]!;
          return to < low - 1e-3 || to > high + 1e-3;
        });
        assert.ok(outside, "without a box it leaves the box");
      });
    }
  }

  for (
    const [name, p] of [["FMN p=1", 1], ["FMN p=2", 2], ["FMN p=Infinity", Infinity], [
      "DDN",
      2,
    ]] as const
  ) {
    Deno.test(`${network.name}: in a box, ${name} is never larger than DeepFool where that fools`, async () => {
      const engine = await sharedEngine(1);
      const within = { low, high };
      const small = await attacks[name]!(engine, model, images, { within });
      const large = await deepfool(engine, model, images, { p, within });
      // Onto the sphere or into the ball of DeepFool's own length, a start is rounded.
      const most = (length: number) => length * (1 + 1e-6);
      assert.ok(
        small.norms.every((length, i) => !large.fooled[i] || length <= most(large.norms[i]!)),
      );
      assert.ok(mean(small.norms) < mean(large.norms));
    });
  }

  Deno.test(`${network.name}: a box far away changes nothing but rounding`, async () => {
    const engine = await sharedEngine(1);
    for (const [name, attack] of Object.entries(attacks)) {
      if (name === "DeepFool p=1" || /FMN|DDN/.test(name)) continue; // they go where rounding leads them
      const labels = new Uint16Array(count);
      const goal = /FGS|PGD/.test(name) ? { labels } : {};
      const free = await attack(engine, model, images, goal);
      const within = await attack(engine, model, images, {
        ...goal,
        within: { low: -1000, high: 1000 },
      });
      assertClose(within.norms, free.norms, { relative: 1e-3 });
    }
  });
}

Deno.test("PGD in a box is the ascent with both projections: on a straight slope, the cut end of the step", async () => {
  const engine = await sharedEngine(1);
  const { network, weights } = affineProblem(20, 2, 1, 2);
  const images = samplesIn(0, 1, 20, "straight");
  const { labels } = await predict(engine, { network, weights }, images);
  const options = { epsilon: 0.05, steps: 7, randomStart: false, within: { low: 0, high: 1 } };
  const result = await pgd(engine, { network, weights }, images, { labels, ...options });
  const w = weights.weight!.data;
  let whole = 0;
  for (let i = 0; i < count; i++) {
    if (result.fooled[i]) continue;
    whole++;
    const [from, to] = labels[i] === 0 ? [0, 20] : [20, 0];
    const expected = row(images, i).map((x, j) => {
      const sign = Math.sign(w[to + j]! - w[from + j]!);
      return Math.min(1, Math.max(0, x + 0.05 * sign)) - x;
    });
    const error = norm(row(result.perturbations, i).map((r, j) => r - expected[j]!));
    assert.ok(error < 1e-6, `off by ${error}`);
  }
  assert.ok(whole > 5);
});

Deno.test("FGS towards a class is the step down that class's loss", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const model = { network, weights: smallWeights(network, "towards") };
  const images = samplesIn(-1, 1, 36, "towards");
  const classes = Uint16Array.from({ length: count }, (_, i) => i % 4);
  const up = await fastGradientSign(engine, model, images, { labels: classes, epsilon: 0.2 });
  const down = await fastGradientSign(engine, model, images, { targets: classes, epsilon: 0.2 });
  assert.deepEqual(down.perturbations, up.perturbations.map((r) => -r));
});

for (
  const [name, q] of [["FMN p=1", Infinity], ["FMN p=2", 2], ["FMN p=Infinity", 1], [
    "DDN",
    2,
  ]] as const
) {
  Deno.test(`${name} towards a class finds the distance to its half space`, async () => {
    const engine = await sharedEngine(1);
    const { network, weights, images, labels, distances } = affineProblem(30, 2, 20, q);
    const targets = labels.map((label) => 1 - label);
    const { norms, fooled } = await attacks[name]!(engine, { network, weights }, images, {
      targets,
    });
    assert.ok(fooled.every(Boolean));
    norms.forEach((length, i) => {
      const relative = length / distances[i]! - 1;
      assert.ok(relative > -1e-5 && relative < 2e-3, `${relative} beyond the boundary`);
    });
  });
}

for (
  const name of ["FMN p=1", "FMN p=2", "FMN p=Infinity", "DDN", "PGD p=2", "PGD p=Infinity"]
) {
  Deno.test(`${name} towards classes: those that are there stay, most others get there`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const model = { network, weights: smallWeights(network, "all") };
    const images = samplesIn(-1, 1, 36, "all");
    const targets = Uint16Array.from({ length: count }, (_, i) => i % 4);
    const result = await attacks[name]!(engine, model, images, { targets });
    const there = [...result.predicted].map((k, i) => k === targets[i]);
    assert.ok(there.some(Boolean));
    there.forEach((is, i) => assert.ok(!is || (result.fooled[i] === 1 && result.norms[i] === 0)));
    assert.ok(result.fooled.reduce((sum, one) => sum + one, 0) > count / 2);
  });
}

Deno.test("a perturbation is cut so that x + delta, rounded to 32 bits, lies in the box", () => {
  const next = random("cut");
  for (const [low, high] of [[0, 255], [0, 1], [-2.1179, 2.64], [-104.3, 151.2]] as const) {
    const bounds = { low: Float32Array.of(low), high: Float32Array.of(high) };
    for (let i = 0; i < 2000; i++) {
      const x = Float32Array.of(bounds.low[0]! + (bounds.high[0]! - bounds.low[0]!) * next());
      if (x[0]! < bounds.low[0]! || x[0]! > bounds.high[0]!) continue;
      const delta = Float32Array.of(2 * (next() - 0.5) * (high - low));
      const [wanted] = delta;
      keepWithin(delta, x, bounds);
      const to = Math.fround(x[0]! + delta[0]!);
      assert.ok(to >= bounds.low[0]! && to <= bounds.high[0]!, `${x} + ${delta}`);
      const nearest = Math.min(bounds.high[0]!, Math.max(bounds.low[0]!, x[0]! + wanted!));
      assert.ok(Math.abs(to - nearest) <= 1e-6 * (high - low));
    }
  }
});

const refused: readonly [string, AttackOptions & { readonly p?: number }, RegExp][] = [
  ["low above high", { within: { low: 1, high: 0 } }, /low <= high, got 1 to 0$/],
  ["NaN", { within: { low: NaN, high: 1 } }, /finite numbers, low <= high, got NaN to 1$/],
  ["an infinite box", { within: { low: -1, high: Infinity } }, /finite numbers/],
  [
    "bounds of another size",
    { within: { low: new Float32Array(3), high: 1 } },
    /a number or 36 numbers as within\.low, got 3$/,
  ],
  [
    "images outside",
    { within: { low: 1, high: 2 } },
    /images between 1 and 2, the box that the attack stays within, got 0 in image 0$/,
  ],
  [
    "p = 3 in a box",
    { p: 3, within: { low: -1, high: 1 } },
    /norm p 1, 2 or Infinity within a box/,
  ],
  [
    "labels and targets",
    { labels: new Uint16Array(1), targets: new Uint16Array(1) },
    /labels or targets, got both$/,
  ],
];

for (const [what, options, message] of refused) {
  Deno.test(`attacks refuse ${what}`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    await assert.rejects(
      deepfool(engine, { network, weights: network.init(0) }, new Float32Array(36), options),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
