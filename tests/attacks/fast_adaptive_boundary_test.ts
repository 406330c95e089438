import assert from "node:assert/strict";
import {
  fastAdaptiveBoundary,
  type FastAdaptiveBoundaryOptions,
} from "../../lib/attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { randomOnSphere } from "../../lib/attacks/fast_adaptive_boundary/random_on_sphere.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { random } from "../../lib/data/random.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { assertClose } from "../closeness.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineProblem } from "./affine_problem.ts";
import { boxedDistance } from "./boxed_distance.ts";

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);

const variants = (classes: number): Record<string, FastAdaptiveBoundaryOptions> => ({
  FAB: { candidates: classes },
  "FAB-T": { targetClasses: classes - 1 },
});

for (const [dimensions, classes] of [[2, 2], [3, 5], [17, 3], [64, 10], [200, 26]] as const) {
  for (const [p, q] of [[1, Infinity], [2, 2], [Infinity, 1]] as const) {
    for (const [name, options] of Object.entries(variants(classes))) {
      const of = `an affine classifier, p = ${p}, ${dimensions} dimensions, ${classes} classes`;

      Deno.test(`${name} finds the distance to the boundary of ${of}`, async () => {
        await using engine = await createEngine({ workers: 1 });
        const problem = affineProblem(dimensions, classes, 20, q);
        const { images, distances } = problem;
        const { norms, fooled } = await fastAdaptiveBoundary(engine, problem, images, {
          p,
          ...options,
        });
        assert.ok(fooled.every((one) => one === 1));
        for (const [i, distance] of distances.entries()) {
          const relative = norms[i]! / distance - 1;
          assert.ok(relative > -1e-5 && relative < 1e-2, `${relative} beyond the boundary`);
        }
      });

      Deno.test(`${name} in a box finds the distance to the boundary that the box reaches of ${of}`, async () => {
        await using engine = await createEngine({ workers: 1 });
        const { network, weights } = affineProblem(dimensions, classes, 1, q);
        const model = { network, weights };
        const images = samplesInBox(30, dimensions);
        const within = { low: -1, high: 1 };
        const { norms, fooled } = await fastAdaptiveBoundary(engine, model, images, {
          p,
          within,
          ...options,
        });
        const { logits, labels } = await predict(engine, model, images);
        let reached = 0;
        for (let i = 0; i < 30; i++) {
          const expected = distanceInBox(
            weights.weight!.data,
            row(images, i, dimensions),
            row(logits, i, classes),
            labels[i]!,
            p,
          );
          if (expected === undefined) continue; // the box lies in one class
          reached++;
          const relative = norms[i]! / expected - 1;
          assert.ok(fooled[i] === 1, `${expected} away`);
          assert.ok(relative > -1e-5 && relative < 1e-2, `${relative} beyond the boundary`);
        }
        assert.ok(reached > 10, `${reached} boxes reach a boundary`);
      });
    }
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
