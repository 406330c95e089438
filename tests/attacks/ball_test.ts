import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { ontoSphere, project } from "../../lib/attacks/ascent/ball.ts";
import { norm } from "../../lib/compute/norms.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { assertClose } from "../closeness.ts";
import { createEngines, evaluate } from "../engine/engines.ts";

const gauss = normal(random("ball"));
const drawn = (length: number, power = 1) =>
  Array.from({ length }, () => Math.sign(gauss()) * Math.abs(gauss()) ** power);

/** The nearest point of an l1 ball in float64, by sorting. */
function nearest(row: readonly number[], radius: number): number[] {
  if (radius === 0) return row.map(() => 0);
  const sorted = row.map(Math.abs).sort((a, b) => b - a);
  if (sorted.reduce((sum, x) => sum + x, 0) <= radius) return [...row];
  let [sum, threshold] = [0, 0];
  for (const [i, x] of sorted.entries()) {
    sum += x;
    if (x > (sum - radius) / (i + 1)) threshold = (sum - radius) / (i + 1);
  }
  return row.map((x) => Math.sign(x) * Math.max(0, Math.abs(x) - threshold));
}

const rows: Readonly<Record<string, readonly number[]>> = {
  "normal numbers": drawn(200),
  "a few large numbers": drawn(200, 6),
  "numbers of all sizes": Array.from({ length: 60 }, (_, i) => (i % 2 ? 1 : -1) * 0.5 ** i),
  "equal numbers": Array(50).fill(-0.3),
  "one number": [3],
  "zeros": Array(5).fill(0),
};

for (const [name, row] of Object.entries(rows)) {
  for (const share of [0, 1e-3, 0.1, 0.5, 0.999, 1, 2]) {
    Deno.test(`l1: ${name} come to the nearest point of a ball of ${share} times their norm`, async () => {
      await using engines = await createEngines();
      const radius = share * norm(row, 1);
      const inputs = [Float32Array.from(row), Float32Array.of(radius)];
      const shapes = [[1, row.length], [1, 1]];
      for (const engine of [engines.tested, engines.cpu]) {
        const { arrays } = await evaluate(engine, (x, r) => project(x!, r!, 1), shapes, inputs);
        const expected = nearest(row, radius);
        const errors = Array.from(arrays[0]!, (x, i) => x - expected[i]!);
        // What is left of a number is a difference of 32-bit numbers as large as the largest.
        assert.ok(norm(errors, Infinity) <= 1e-6 * norm(row, Infinity), `${norm(errors)}`);
        assert.ok(norm(arrays[0]!, 1) <= radius * (1 + 1e-6));
      }
    });
  }
}

Deno.test("points inside and outside come to the surface of an l2 ball, 0 stays", () => {
  const points = tf.tensor2d([[3, 4], [0.3, -0.4], [0, 0]]);
  const moved = ontoSphere(points, tf.tensor2d([[1], [10], [1]]));
  assertClose(moved.dataSync() as Float32Array, [0.6, 0.8, 6, -8, 0, 0], { relative: 1e-6 });
});
