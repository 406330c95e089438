import assert from "node:assert/strict";
import {
  fastAdaptiveBoundary,
  type FastAdaptiveBoundaryOptions,
} from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { randomOnSphere } from "../../lib/attacks/fast_adaptive_boundary/random_on_sphere.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { random } from "../../lib/engine/random.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";
import { boxedDistance } from "./boxed_distance.ts";

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);

const variants = (classes: number): Record<string, FastAdaptiveBoundaryOptions> => ({
  FAB: { candidates: classes },
  "FAB-T": { targetClasses: classes - 1 },
});

for (const [dimensions, classes] of [[2, 2], [3, 5], [64, 10], [200, 26]] as const) {
  for (const [p, q] of [[1, Infinity], [2, 2], [Infinity, 1]] as const) {
    for (const [name, options] of Object.entries(variants(classes))) {
      // FAB-T's targets in turn are the same for each norm, and 25 of them take long.
      if (name === "FAB-T" && classes === 26 && p !== 2) continue;
      Deno.test(`${name} finds the distance to the boundary of an affine classifier, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
        const engine = await sharedEngine(1);
        const problem = affineProblem(dimensions, classes, 10, q);
        const { images, distances } = problem;
        const search = { p, ...options };
        const { norms, fooled } = await fastAdaptiveBoundary(engine, problem, images, search);
        assert.ok(fooled.every((one) => one === 1));
        for (const [i, distance] of distances.entries()) {
          const relative = norms[i]! / distance - 1;
          assert.ok(relative > -1e-5 && relative < 1e-2, `${relative} beyond the boundary`);
        }
      });
    }
  }
}

// As published, FAB chooses the nearest boundary as if there were no box; with targets of its own it tries each.
for (
  const [dimensions, classes, name] of [
    [2, 2, "FAB"],
    [300, 2, "FAB"],
    [3, 5, "FAB-T"],
    [64, 4, "FAB-T"],
  ] as const
) {
  for (const p of [1, 2, Infinity]) {
    Deno.test(`${name} in a box finds the distance to the boundary that the box reaches of an affine classifier, p = ${p}, ${dimensions} dimensions, ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const { network, weights } = affineProblem(dimensions, classes, 1, 2);
      const model = { network, weights };
      const images = samplesInBox(15, dimensions);
      const options = { p, within: { low: -1, high: 1 }, ...variants(classes)[name] };
      const { norms, fooled } = await fastAdaptiveBoundary(engine, model, images, options);
      const { logits, labels } = await predict(engine, model, images);
      let reached = 0;
      for (let i = 0; i < 15; i++) {
        const x = row(images, i, dimensions);
        const scores = row(logits, i, classes);
        const expected = distanceInBox(weights.weight!.data, x, scores, labels[i]!, p);
        if (expected === undefined) continue; // the box lies in one class
        reached++;
        const relative = norms[i]! / expected - 1;
        assert.equal(fooled[i], 1);
        assert.ok(relative > -1e-5 && relative < 1e-2, `${relative} beyond the boundary`);
      }
      assert.ok(reached > 5, `${reached} boxes reach a boundary`);
    });
  }
}

/** Samples between -1 and 1, of which every third number lies at an end. */
function samplesInBox(count: number, length: number): Float32Array {
  const next = random("fab in a box", length);
  return Float32Array.from({ length: count * length }, () => {
    const [kind, at] = [next(), next()];
    return kind < 1 / 6 ? -1 : kind < 1 / 3 ? 1 : 2 * at - 1;
  });
}

/** The distance from x to the nearest other class of a linear classifier, between -1 and 1. */
function distanceInBox(
  w: Float32Array,
  x: Float32Array,
  logits: Float32Array,
  source: number,
  p: number,
): number | undefined {
  const others = [...logits.keys()].filter((k) => k !== source);
  const distances = others.flatMap((k) => {
    const slope = Array.from(x, (_, j) => w[k * x.length + j]! - w[source * x.length + j]!);
    const height = logits[source]! - logits[k]!;
    const room = slope.map((s, j) => s > 0 ? 1 - x[j]! : x[j]! + 1);
    return boxedDistance({ w: slope, height, room }, p) ?? [];
  });
  return distances.length > 0 ? Math.min(...distances) : undefined;
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const weights = smallWeights(network, "fab");
  const model = { network, weights };
  const { images, count } = smallSplit(60, "fab");

  for (const [name, search] of Object.entries(variants(4))) {
    for (const p of [1, 2, Infinity]) {
      const options = { p, iterations: 30, ...search };
      const of = `${name} on ${network.name}, p = ${p}`;

      Deno.test(`${of}: what it reports is what the network says`, async () => {
        const engine = await sharedEngine(2);
        const result = await fastAdaptiveBoundary(engine, model, images, options);
        const before = await predict(engine, model, images);
        const perturbed = images.map((x, i) => x + result.perturbations[i]!);
        const after = await predict(engine, model, perturbed);
        assert.deepEqual(result.predicted, before.labels);
        assert.deepEqual(result.fooledAs, after.labels);
        assert.deepEqual(
          result.fooled,
          before.labels.map((label, i) => Number(label !== after.labels[i])),
        );
        const norms = Array.from(
          { length: count },
          (_, i) => norm(row(result.perturbations, i), p),
        );
        assertClose(result.norms, norms, { relative: 1e-7 });
      });

      Deno.test(`${of}: two runs, one and two workers, a sample alone and in a batch are the same`, async () => {
        const one = await sharedEngine(1);
        const two = await sharedEngine(2);
        const epsilon = 0.3 * (p === Infinity ? 1 : 6);
        const all = { ...options, epsilon, iterations: 10, restarts: 2 };
        const first = await fastAdaptiveBoundary(one, model, images, all);
        assert.deepEqual(await fastAdaptiveBoundary(one, model, images, all), first);
        assert.deepEqual(await fastAdaptiveBoundary(two, model, images, all), first);
        for (const i of [0, 7, 59]) {
          const alone = await fastAdaptiveBoundary(one, model, row(images, i), all);
          assert.equal(alone.fooledAs[0], first.fooledAs[i]);
          assertClose(alone.norms, first.norms.subarray(i, i + 1), { relative: 1e-3 });
        }
      });

      Deno.test(`${of}: with epsilon, what is larger does not count and stays at 0`, async () => {
        const engine = await sharedEngine(1);
        const free = await fastAdaptiveBoundary(engine, model, images, options);
        const [below, above] = free.norms.toSorted().subarray(30);
        const epsilon = (below! + above!) / 2;
        const bounded = await fastAdaptiveBoundary(engine, model, images, { ...options, epsilon });
        assert.ok(bounded.norms.every((length) => length <= epsilon));
        assert.ok(bounded.fooled.includes(0) && bounded.fooled.includes(1));
        bounded.fooled.forEach((fooled, i) => {
          const isNear = free.fooled[i] === 1 && free.norms[i]! <= epsilon;
          if (name === "FAB") assert.equal(fooled, Number(isNear));
          if (!fooled) assert.equal(bounded.norms[i], 0);
          if (!fooled) assert.equal(bounded.fooledAs[i], bounded.predicted[i]);
        });
      });
    }
  }

  Deno.test(`FAB on ${network.name}: epsilon 0 is the identity`, async () => {
    const engine = await sharedEngine(1);
    const result = await fastAdaptiveBoundary(engine, model, images, { epsilon: 0, iterations: 5 });
    assert.ok(result.perturbations.every((r) => r === 0));
    assert.deepEqual(result.fooledAs, result.predicted);
  });

  Deno.test(`FAB on ${network.name}: a later start finds more within epsilon, and its seed decides`, async () => {
    const engine = await sharedEngine(1);
    const attack = (restarts: number, seed: number) =>
      fastAdaptiveBoundary(engine, model, images, { epsilon: 0.8, iterations: 1, restarts, seed });
    const [once, often, other] = [await attack(1, 0), await attack(9, 0), await attack(9, 1)];
    assert.ok(once.fooled.every((fooled, i) => fooled <= often.fooled[i]!));
    const found = (fooled: Uint16Array) => fooled.reduce((sum, one) => sum + one, 0);
    assert.ok(
      found(often.fooled) > found(once.fooled),
      `${found(once.fooled)}, ${found(often.fooled)}`,
    );
    assert.notDeepEqual(often.perturbations, other.perturbations);
  });

  Deno.test(`FAB on ${network.name}: away from given labels, samples that are wrong already stay`, async () => {
    const engine = await sharedEngine(1);
    const { labels: predicted } = await predict(engine, model, images);
    const labels = predicted.map((label, i) => i % 3 === 0 ? (label + 1) % 4 : label);
    const result = await fastAdaptiveBoundary(engine, model, images, { labels, iterations: 20 });
    for (const [i, label] of labels.entries()) {
      if (label === predicted[i]) assert.ok(result.norms[i]! > 0);
      else assert.deepEqual([result.fooled[i], result.norms[i]], [1, 0]);
    }
  });

  Deno.test(`FAB on ${network.name} towards classes: those that are there stay, most others get there`, async () => {
    const engine = await sharedEngine(1);
    const targets = Uint16Array.from({ length: count }, (_, i) => i % 4);
    const result = await fastAdaptiveBoundary(engine, model, images, { targets });
    assert.deepEqual(
      result.fooled,
      result.fooledAs.map((reached, i) => Number(reached === targets[i])),
    );
    result.predicted.forEach((k, i) => {
      if (result.fooled[i]) assert.equal(result.norms[i] === 0, k === targets[i]);
    });
    const reached = result.fooled.reduce((sum, one) => sum + one, 0);
    assert.ok(reached > 0.6 * count, `${reached}`);
  });
}

Deno.test("FAB: a network without slope moves nothing, fools nobody and ends", async () => {
  const engine = await sharedEngine(1);
  const network = smallMlp();
  const weights = Object.fromEntries(
    Object.entries(network.init(0)).map(([name, { shape, data }]) =>
      [name, { shape, data: data.map(() => 0) }] as const
    ),
  );
  const { images } = smallSplit(3, "flat");
  for (const within of [undefined, { low: -10, high: 10 }]) {
    for (const p of [1, 2, Infinity]) {
      const result = await fastAdaptiveBoundary(engine, { network, weights }, images, {
        p,
        within,
        iterations: 5,
      });
      assert.ok(result.perturbations.every((r) => r === 0));
      assert.deepEqual([...result.fooled], [0, 0, 0]);
    }
  }
});

for (const p of [1, 2, Infinity]) {
  Deno.test(`a random vector has the asked p-norm, p = ${p}`, () => {
    const v = randomOnSphere(100, 3, p, random("sphere"));
    assertClose([norm(v, p)], [3], { relative: 1e-6 });
    assert.ok(v.some((x) => x > 0) && v.some((x) => x < 0));
  });
}

for (
  const [options, message] of [
    [{ p: 3 }, /norm p 1, 2 or Infinity, got 3/],
    [{ epsilon: -1 }, /epsilon in \[0, 3.4e38\], got -1/],
    [{ epsilon: NaN }, /epsilon in \[0, 3.4e38\], got NaN/],
    [{ epsilon: 1e39 }, /epsilon in \[0, 3.4e38\], got 1e\+39/],
    [{ iterations: 0 }, /iterations a whole number from 1, got 0/],
    [{ restarts: 0 }, /restarts a whole number from 1, got 0/],
    [{ restarts: 2 }, /epsilon with several restarts, .* got 2 restarts/],
    [{ targetClasses: 4 }, /targetClasses in 0-3, got 4/],
    [{ targetClasses: 3, targets: new Uint16Array(1) }, /targets or targetClasses, got both/],
    [{ targets: new Uint16Array(1), labels: new Uint16Array(1) }, /labels or targets, got both/],
    [{ iterations: 22000, targetClasses: 3 }, /at most 65535 iterations .*, got 66000/],
    [{ candidates: 1 }, /candidates in 2-4, got 1/],
    [{ overshoot: -1 }, /overshoot in \[0, 3.4e38\], got -1/],
    [{ alphaMax: 1.1 }, /alphaMax in \[0, 1\], got 1.1/],
    [{ beta: NaN }, /beta in \[0, 1\], got NaN/],
    [{ seed: 0.5 }, /seed a whole number, got 0.5/],
  ] as const
) {
  Deno.test(`FAB refuses ${JSON.stringify(options)} (${message.source})`, async () => {
    const engine = await sharedEngine(1);
    const network = smallMlp();
    const model = { network, weights: network.init(0) };
    await assert.rejects(
      fastAdaptiveBoundary(engine, model, new Float32Array(36), options),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
