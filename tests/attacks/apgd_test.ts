import assert from "node:assert/strict";
import {
  apgd,
  type ApgdOptions,
  apgdTargeted,
  type ApgdTargetedOptions,
} from "../../lib/attacks/apgd/apgd.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import type { Attacked } from "../../lib/attacks/attacked.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { random } from "../../lib/engine/random.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Model } from "../../lib/networks/model.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem, scaled } from "./affine_problem.ts";
import { boxedDistance } from "./boxed_distance.ts";

type Run = (
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: ApgdOptions & ApgdTargetedOptions,
) => Promise<Attacked>;

const forms: Readonly<Record<string, Run>> = {
  "APGD-CE": apgd,
  "APGD-DLR": (engine, model, images, options) =>
    apgd(engine, model, images, { ...options, loss: "dlr" }),
  "APGD-T": apgdTargeted,
};

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);

/** The middle of the widest relative gap between neighbouring distances, past the smallest ones and before the largest. */
function betweenDistances(distances: readonly number[]): number {
  const inner = distances.toSorted((a, b) => a - b).slice(2, -2);
  const pairs = inner.slice(1).map((far, i) => [inner[i]!, far] as const);
  const [near, far] = pairs.reduce((a, b) => b[1] / b[0] > a[1] / a[0] ? b : a);
  return (near + far) / 2;
}

const affine = [
  ["APGD-CE", 2, 2],
  ["APGD-CE", 17, 2],
  ["APGD-CE", 17, 3],
  ["APGD-DLR", 17, 3],
  ["APGD-DLR", 64, 10],
  ["APGD-T", 17, 4],
  ["APGD-T", 64, 10],
] as const;

for (const [name, dimensions, classes] of affine) {
  for (const [p, q] of [[2, 2], [Infinity, 1]] as const) {
    Deno.test(`${name} fools an affine classifier's samples nearer to a boundary than epsilon, and no others, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const problem = affineProblem(dimensions, classes, 20, q);
      const { network, weights, images, labels, distances } = problem;
      const epsilon = betweenDistances(distances);
      const options = { labels, epsilon, p };
      const result = await forms[name]!(engine, { network, weights }, images, options);
      const expected = distances.map((distance) => Number(distance < epsilon));
      assert.deepEqual([...result.fooled], expected);
      assert.ok(result.zeroGradients!.every((one) => one === 0));
    });

    Deno.test(`${name} in a box fools those that the box lets reach a boundary within epsilon, and no others, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const { network, weights } = affineProblem(dimensions, classes, 1, q);
      const model = { network, weights };
      const next = random("boxed", dimensions, classes);
      const images = Float32Array.from({ length: 30 * dimensions }, () => {
        const at = 3 * next() - 1.5; // a third lies at the ends
        return Math.max(-1, Math.min(1, at));
      });
      const { labels } = await predict(engine, model, images);
      const distances = boxedDistances(model, images, labels, p);
      const epsilon = betweenDistances(distances.filter(isFinite));
      const options = { labels, epsilon, p, within: { low: -1, high: 1 } };
      const { fooled, norms, perturbations } = await forms[name]!(engine, model, images, options);
      assert.deepEqual([...fooled], distances.map((distance) => Number(distance < epsilon)));
      assert.ok(norms.every((length) => length <= epsilon * (1 + 1e-6)));
      assert.ok(images.every((x, i) => Math.abs(x + perturbations[i]!) <= 1));
    });
  }
}

/** How far samples of an affine classifier are from the nearest boundary inside the box [-1, 1]; infinite where it has none. */
function boxedDistances(
  { network: { classes }, weights }: Model,
  images: Float32Array,
  labels: Uint16Array,
  p: number,
): number[] {
  const length = images.length / labels.length;
  const w = weights.weight!.data;
  return [...labels].map((label, i) => {
    const x = row(images, i, length);
    const others = [...Array(classes).keys()].filter((k) => k !== label);
    return Math.min(...others.map((k) => {
      const slope = [...x].map((_, j) => w[k * length + j]! - w[label * length + j]!);
      const height = slope.reduce((sum, s, j) => sum - s * x[j]!, 0);
      const room = slope.map((s, j) => s > 0 ? 1 - x[j]! : x[j]! + 1);
      return boxedDistance({ w: slope, height, room }, p) ?? Infinity;
    }));
  });
}

for (const [network, p] of [[smallMlp(), Infinity], [smallConvolutional(), 2]] as const) {
  const epsilon = p === 2 ? 1 : 0.25;
  const model = { network, weights: smallWeights(network, "apgd") };
  const { images, count } = smallSplit(60, "apgd");

  /** Labels of which the first 50 are what the network says, the others not. */
  const labelled = async () => {
    const engine = await sharedEngine(1);
    const { labels } = await predict(engine, model, images);
    return labels.map((label, i) => i < 50 ? label : (label + 1) % 4);
  };

  for (const [name, attack] of Object.entries(forms)) {
    const about = `${name} on ${network.name}, p = ${p}`;

    Deno.test(`${about}: what it reports is what the network says; wrong samples stay, the others stay in the ball`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const result = await attack(engine, model, images, { labels, epsilon, p, steps: 20 });
      const perturbed = images.map((x, i) => x + result.perturbations[i]!);
      const after = await predict(engine, model, perturbed);
      assert.deepEqual(result.predicted, (await predict(engine, model, images)).labels);
      assert.deepEqual(result.fooledAs, after.labels);
      const fooled = [...after.labels].map((label, i) => Number(label !== labels[i]));
      assert.deepEqual([...result.fooled], fooled);
      assert.ok(fooled.slice(0, 50).includes(0) && fooled.slice(0, 50).includes(1));
      assertClose(
        result.norms,
        Array.from({ length: count }, (_, i) => norm(row(result.perturbations, i), p)),
        { relative: 1e-7 },
      );
      assert.ok(result.norms.every((length) => length <= epsilon * (1 + 1e-6)));
      assert.ok(result.norms.every((length, i) => i < 50 ? length > 0 : length === 0));
    });

    Deno.test(`${about}: two runs are the same to the bit; one and two workers, a sample alone and in a batch to rounding`, async () => {
      const one = await sharedEngine(1);
      const two = await sharedEngine(2);
      const labels = await labelled();
      const options = { epsilon, p, steps: 10, restarts: 2 };
      const first = await attack(one, model, images, { labels, ...options });
      assert.deepEqual(await attack(one, model, images, { labels, ...options }), first);
      const shared = await attack(two, model, images, { labels, ...options });
      assert.deepEqual(shared.fooledAs, first.fooledAs);
      assertClose(shared.perturbations, first.perturbations, { relative: 1e-5 });
      for (const i of [0, 7, 49]) {
        const own = { labels: labels.subarray(i, i + 1), ...options };
        const alone = await attack(one, model, row(images, i), own);
        assert.equal(alone.fooledAs[0], first.fooledAs[i]);
        assertClose(alone.perturbations, row(first.perturbations, i), { relative: 1e-5 });
      }
    });

    Deno.test(`${about}: epsilon 0 is the identity`, async () => {
      const engine = await sharedEngine(1);
      const labels = await labelled();
      const result = await attack(engine, model, images, { labels, epsilon: 0, p, steps: 5 });
      assert.ok(result.perturbations.every((r) => Math.abs(r) === 0));
      assert.deepEqual(result.fooledAs, result.predicted);
    });

    Deno.test(`${about}: a network without slope fools nobody, and says so`, async () => {
      const engine = await sharedEngine(1);
      const flat = { network, weights: scaled(model.weights, 0) };
      const labels = Uint16Array.of(0, 1);
      const options = { labels, epsilon: 1, p, steps: 3 };
      const result = await attack(engine, flat, images.subarray(0, 72), options);
      assert.deepEqual([...result.fooled], [0, 1]);
      assert.deepEqual([...result.zeroGradients!], [1, 0]);
    });
  }

  Deno.test(`APGD-CE on ${network.name}: another seed starts elsewhere, another restart too`, async () => {
    const engine = await sharedEngine(1);
    const labels = await labelled();
    const start = async (seed: number, restarts: number) => {
      const options = { labels, p: 2, epsilon: 1e-6, steps: 1, seed, restarts };
      return (await apgd(engine, model, images, options)).perturbations;
    };
    const starts = [await start(0, 1), await start(1, 1), await start(0, 3)];
    assert.notDeepEqual(starts[0], starts[1]);
    assert.notDeepEqual(starts[0], starts[2]);
    assert.notDeepEqual(starts[1], starts[2]);
  });

  Deno.test(`APGD-T on ${network.name}: more classes to try fool more, never fewer; more than there are is all of them`, async () => {
    const engine = await sharedEngine(1);
    const labels = await labelled();
    const attack = (targetClasses: number) =>
      apgdTargeted(engine, model, images, { labels, epsilon: 0.25, steps: 10, targetClasses });
    const [one, two, three, nine] = [
      await attack(1),
      await attack(2),
      await attack(3),
      await attack(9),
    ];
    one.fooled.forEach((fooled, i) => assert.ok(fooled <= two.fooled[i]!));
    two.fooled.forEach((fooled, i) => assert.ok(fooled <= three.fooled[i]!));
    assert.deepEqual(nine, three);
  });

  Deno.test(`APGD-CE on ${network.name} towards classes: those that are there stay, most others get there`, async () => {
    const engine = await sharedEngine(1);
    const targets = Uint16Array.from({ length: count }, (_, i) => i % 4);
    const result = await apgd(engine, model, images, { targets, epsilon: 0.7, steps: 20 });
    result.predicted.forEach((k, i) => assert.ok(k !== targets[i] || result.norms[i] === 0));
    result.fooledAs.forEach((k, i) => assert.equal(result.fooled[i], Number(k === targets[i])));
    assert.ok(result.fooled.reduce((sum, one) => sum + one, 0) > count / 2);
  });

  Deno.test(`APGD-CE on ${network.name}: a saturated softmax hides neither the gradient nor the loss`, async () => {
    const engine = await sharedEngine(1);
    const labels = await labelled();
    const last = Object.keys(model.weights).slice(-2);
    const saturated = Object.fromEntries(
      Object.entries(model.weights).map(([name, { shape, data }]) =>
        [name, { shape, data: last.includes(name) ? data.map((w) => 1e4 * w) : data }] as const
      ),
    );
    const options = { labels, epsilon: p === 2 ? 10 : 2, p };
    const { fooled } = await apgd(engine, { network, weights: saturated }, images, options);
    assert.ok(fooled.every((one) => one === 1));
  });

  Deno.test(`APGD-CE on ${network.name}, p = ${p}, fools no fewer than PGD in as many steps`, async () => {
    const engine = await sharedEngine(2);
    const options = { labels: await labelled(), epsilon, p, steps: 50 };
    const count = ({ fooled }: Attacked) => fooled.reduce((sum, one) => sum + one, 0);
    const auto = await apgd(engine, model, images, options);
    const plain = await pgd(engine, model, images, options);
    assert.ok(count(auto) >= count(plain), `${count(auto)} of ${count(plain)}`);
  });
}

const refused: readonly (readonly [string, Partial<ApgdOptions & ApgdTargetedOptions>, RegExp])[] =
  [
    ...Object.keys(forms).flatMap((name) => ([
      [name, { epsilon: -1 }, /epsilon in \[0, 3.4e38\], got -1$/],
      [name, { epsilon: NaN }, /epsilon in \[0, 3.4e38\], got NaN$/],
      [name, { epsilon: 1e39 }, /epsilon in \[0, 3.4e38\], got 1e\+39$/],
      [name, { p: 1 }, /the norm p 2 or Infinity, got 1$/],
      [name, { steps: 0 }, /steps a whole number from 1, got 0$/],
      [name, { restarts: 0 }, /restarts a whole number from 1, got 0$/],
      [name, { seed: 0.5 }, /seed a whole number, got 0.5$/],
      [name, { labels: Uint16Array.of(4) }, /labels below 4, got 4$/],
      [name, { labels: Uint16Array.of(0, 0) }, /1 labels, got 2$/],
    ] as const)),
    ["APGD-CE", { loss: "cw" as "ce" }, /with APGD: expected the loss ce or dlr, got cw$/],
    ["APGD-DLR", { targets: Uint16Array.of(0) }, /with APGD-DLR: expected no targets.*, got some$/],
    ["APGD-T", { targetClasses: 0 }, /targetClasses a whole number from 1, got 0$/],
    ["APGD-T", { targets: Uint16Array.of(0) }, /with APGD-T: expected no targets.*, got some$/],
  ];

for (const [name, options, message] of refused) {
  Deno.test(`${name} refuses ${JSON.stringify(options)} (${message.source})`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const given = { labels: new Uint16Array(1), epsilon: 1, ...options };
    await assert.rejects(
      forms[name]!(engine, { network, weights: network.init(0) }, new Float32Array(36), given),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}

for (const name of Object.keys(forms)) {
  Deno.test(`${name} refuses gradients that are not finite, where logits are`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    // At 0 the logits are biases times two layers of weights; the gradient is all three layers' product.
    const weights = scaled(smallWeights(network, "steep"), 1e15);
    const biases = Object.entries(smallWeights(network, "steep"))
      .filter(([key]) => key.endsWith("bias"));
    const model = { network, weights: { ...weights, ...Object.fromEntries(biases) } };
    const images = new Float32Array(36);
    const { labels, logits } = await predict(engine, model, images);
    assert.ok(logits.every(isFinite));
    await assert.rejects(
      forms[name]!(engine, model, images, { labels, epsilon: 0 }),
      (error) => error instanceof UserError && /NaN or Infinity for image 0/.test(error.message),
    );
  });
}

for (
  const [name, classes, message] of [
    ["APGD-DLR", 2, /with APGD-DLR: expected a network of at least 3 classes, got 2$/],
    ["APGD-T", 3, /with APGD-T: expected a network of at least 4 classes, got 3$/],
  ] as const
) {
  Deno.test(`${name} refuses ${classes} classes`, async () => {
    const engine = await sharedEngine(1);
    const { network, weights, images, labels } = affineProblem(5, classes, 1, 2);
    await assert.rejects(
      forms[name]!(engine, { network, weights }, images, { labels, epsilon: 1 }),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
