import assert from "node:assert/strict";
import { apgd, apgdTargeted } from "../../lib/attacks/apgd/apgd.ts";
import { autoAttack, type AutoAttackOptions } from "../../lib/attacks/auto_attack.ts";
import { fastAdaptiveBoundary } from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { squareAttack } from "../../lib/attacks/square/square_attack.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { NotFiniteLogitsError } from "../../lib/compute/check_logits.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { dense } from "../../lib/layers/dense.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineImages } from "./affine_images.ts";
import { affineProblem, equallyFar } from "./affine_problem.ts";

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);

const norms = [[2, 2], [Infinity, 1]] as const;

for (const [p, q] of norms) {
  Deno.test(`AutoAttack fools an affine classifier just beyond the ${p}-distance to its boundary and never before`, async () => {
    const engine = await sharedEngine(1);
    const { model, images, labels } = equallyFar(affineImages([1, 5, 5], 4, q));
    const attack = (epsilon: number) => autoAttack(engine, model, images, { labels, epsilon, p });
    const [short, enough] = [await attack(0.999), await attack(1.001)];
    assert.deepEqual([[...short.fooled], [...short.fooledBy]], [
      Array(10).fill(0),
      Array(10).fill(-1),
    ]);
    assert.deepEqual([...enough.fooled], Array(10).fill(1));
    assert.ok(short.perturbations.every((r) => r === 0));
  });
}

for (const network of [smallConvolutional()]) {
  const model = { network, weights: smallWeights(network, "auto") };
  const { images, count } = smallSplit(24, "auto");

  /** Labels of which the first 20 are what the network says, the others not. */
  const labelled = async () => {
    const engine = await sharedEngine(1);
    const { labels } = await predict(engine, model, images);
    return labels.map((label, i) => i < 20 ? label : (label + 1) % 4);
  };

  for (const [p] of norms) {
    const options = { epsilon: p === 2 ? 0.6 : 0.14, p };
    const about = `AutoAttack on ${network.name}, p = ${p}`;

    Deno.test(`${about}: what it reports is what the network says; nothing leaves ball and box`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const within = { low: -4.5, high: 4.5 };
      const result = await autoAttack(engine, model, images, { labels, ...options, within });
      const moved = images.map((x, i) => x + result.perturbations[i]!);
      const after = await predict(engine, model, moved);
      assert.deepEqual(result.predicted, (await predict(engine, model, images)).labels);
      assert.deepEqual(result.fooledAs, after.labels);
      assert.deepEqual(result.fooled, after.labels.map((k, i) => Number(k !== labels[i])));
      const right = result.fooled.subarray(0, 20);
      assert.ok(right.includes(0) && right.includes(1));
      const lengths = Array.from(
        { length: count },
        (_, i) => norm(row(result.perturbations, i), p),
      );
      assertClose(result.norms, lengths, { relative: 1e-7 });
      lengths.forEach((length, i) => {
        assert.ok(length <= options.epsilon * (1 + 1e-6));
        assert.equal(length > 0, result.fooledBy[i]! >= 0);
        assert.equal(result.fooledBy[i]! >= 0, i < 20 && result.fooled[i] === 1);
      });
      assert.ok(moved.every((x) => x >= -4.5 && x <= 4.5));
      assert.deepEqual(result.members, ["apgd_ce", "apgd_t", "fab_t", "square"]);
      assert.deepEqual(result.leftOut, []);
    });

    Deno.test(`${about}: never weaker than a member; the first member that fools is named`, async () => {
      const engine = await sharedEngine(2);
      const run = { labels: await labelled(), ...options };
      const whole = await autoAttack(engine, model, images, run);
      const members = [
        await apgd(engine, model, images, run),
        await apgdTargeted(engine, model, images, run),
        await fastAdaptiveBoundary(engine, model, images, { ...run, targetClasses: 3 }),
        await squareAttack(engine, model, images, run),
      ];
      for (let i = 0; i < count; i++) {
        const first = members.findIndex(({ fooled }) => fooled[i] === 1);
        assert.equal(whole.fooled[i], Number(first >= 0));
        assert.equal(whole.fooledBy[i], i < 20 ? first : -1);
      }
    });

    Deno.test(`${about}: two runs are the same to the bit, a sample alone and in a batch to rounding`, async () => {
      const engine = await sharedEngine(1);
      const labels = await labelled();
      const first = await autoAttack(engine, model, images, { labels, ...options });
      assert.deepEqual(await autoAttack(engine, model, images, { labels, ...options }), first);
      for (const i of [0, 7, 19, 23]) {
        const own = { labels: labels.subarray(i, i + 1), ...options };
        const alone = await autoAttack(engine, model, row(images, i), own);
        assert.equal(alone.fooledBy[0], first.fooledBy[i]);
        assert.equal(alone.fooledAs[0], first.fooledAs[i]);
        assertClose(alone.perturbations, row(first.perturbations, i), { relative: 1e-4 });
      }
    });

    Deno.test(`${about}: epsilon 0 is the identity; without labels the predicted classes are left`, async () => {
      const engine = await sharedEngine(2);
      const some = images.subarray(0, 4 * 36);
      const result = await autoAttack(engine, model, some, { epsilon: 0, p });
      assert.ok(result.perturbations.every((r) => Math.abs(r) === 0));
      assert.deepEqual(result.fooledAs, result.predicted);
      assert.ok(result.fooled.every((one) => one === 0));
      const { labels } = await predict(engine, model, some);
      const [given, none] = [{ labels, ...options }, options];
      assert.deepEqual(
        await autoAttack(engine, model, some, none),
        await autoAttack(engine, model, some, given),
      );
    });
  }

  Deno.test(`AutoAttack on ${network.name}: progress rises to the number of images`, async () => {
    const engine = await sharedEngine(1);
    const told: number[] = [];
    await autoAttack(engine, model, images, {
      labels: await labelled(),
      epsilon: 0.14,
      onProgress: (done, total) => {
        assert.equal(total, count);
        told.push(done);
      },
    });
    assert.deepEqual(told, told.toSorted((a, b) => a - b));
    assert.equal(told.at(-1), count);
  });
}

for (
  const [shape, classes, p, members, reasons] of [
    [[1, 5, 5], 3, 2, ["apgd_ce", "fab_t", "square"], {
      apgd_t: "its loss needs 4 classes, the network has 3",
    }],
    [[1, 4, 6], 4, 2, ["apgd_ce", "apgd_t", "fab_t"], {
      square: "for p = 2 it takes images of at least 5 x 5, the network's are 4 x 6",
    }],
    [[1, 4, 6], 4, Infinity, ["apgd_ce", "apgd_t", "fab_t", "square"], {}],
    [[24], 2, Infinity, ["apgd_ce", "fab_t"], {
      apgd_t: "its loss needs 4 classes, the network has 2",
      square: "it takes images, [C, H, W], the network takes [24]",
    }],
  ] as const
) {
  Deno.test(`AutoAttack says which members it leaves out for inputs [${shape}], ${classes} classes, p = ${p}`, async () => {
    const engine = await sharedEngine(1);
    const q = p === 2 ? 2 : 1;
    const { model, images, distances } = shape.length === 3
      ? affineImages(shape, classes, q)
      : withModel(affineProblem(24, classes, 10, q));
    const epsilon = 1.01 * Math.max(...distances);
    const result = await autoAttack(engine, model, images, { epsilon, p });
    assert.deepEqual(result.members, members);
    const leftOut = Object.fromEntries(
      result.leftOut.map(({ member, reason }) => [member, reason]),
    );
    assert.deepEqual(leftOut, reasons);
    assert.ok(result.fooled.every((one) => one === 1));
  });
}

function withModel({ network, weights, ...problem }: ReturnType<typeof affineProblem>) {
  return { ...problem, model: { network, weights } };
}

Deno.test("AutoAttack names an image with logits that are not finite by its place among all", async () => {
  const engine = await sharedEngine(1);
  // FAB walks to the boundary with class 1, which is so far that the logit of class 2 overflows.
  const layers = serial({ fc1: dense(2), relu: relu(), fc2: dense(3) });
  const network = defineNetwork({ name: "steep", inputShape: [1], layers });
  const weights = {
    "fc1.weight": { shape: [2, 1], data: Float32Array.of(1, 1) },
    "fc1.bias": { shape: [2], data: Float32Array.of(100, -10) },
    "fc2.weight": { shape: [3, 2], data: Float32Array.of(0, 0, 1e-15, 0, 0, -1e30) },
    "fc2.bias": { shape: [3], data: Float32Array.of(1000, 0, -1) },
  };
  const labels = Uint16Array.of(1, 0); // the first one is fooled as it is
  await assert.rejects(
    autoAttack(engine, { network, weights }, new Float32Array(2), { labels, epsilon: 1, p: 2 }),
    (error) =>
      error instanceof NotFiniteLogitsError &&
      /^attacking steep with AutoAttack: .* for image 1: /.test(error.message),
  );
});

const refused: readonly (readonly [object, RegExp])[] = [
  [{ epsilon: -1 }, /with AutoAttack: expected epsilon in \[0, 3.4e38\], got -1$/],
  [{ epsilon: NaN }, /with AutoAttack: expected epsilon in \[0, 3.4e38\], got NaN$/],
  [{ epsilon: 1e39 }, /with AutoAttack: expected epsilon in \[0, 3.4e38\], got 1e\+39$/],
  [{ p: 1 }, /with AutoAttack: expected the norm p 2 or Infinity, got 1$/],
  [{ seed: 0.5 }, /with AutoAttack: expected seed a whole number, got 0.5$/],
  [{ targets: Uint16Array.of(0) }, /with AutoAttack: expected no targets.*, got some$/],
  [{ labels: Uint16Array.of(4) }, /labels below 4, got 4$/],
  [{ labels: Uint16Array.of(0, 0) }, /1 labels, got 2$/],
  [{ within: { low: 1, high: 2 } }, /images between 1 and 2/],
];

for (const [options, message] of refused) {
  Deno.test(`AutoAttack refuses ${JSON.stringify(options)} (${message.source})`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const given: AutoAttackOptions = { labels: new Uint16Array(1), epsilon: 1, ...options };
    await assert.rejects(
      autoAttack(engine, { network, weights: network.init(0) }, new Float32Array(36), given),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
