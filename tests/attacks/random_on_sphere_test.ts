import assert from "node:assert/strict";
import { randomOnSphere } from "../../lib/attacks/apgd/random_on_sphere.ts";
import { norm } from "../../lib/compute/norms.ts";
import { random } from "../../lib/engine/random.ts";

for (const p of [2, Infinity]) {
  Deno.test(`random points on the ${p}-sphere have its radius, and no direction is preferred`, () => {
    const uniform = random("sphere", String(p));
    const sums = new Float64Array(20);
    for (let i = 0; i < 2000; i++) {
      const point = new Float32Array(20);
      randomOnSphere(point, 3, p, uniform);
      assert.ok(Math.abs(norm(point, p) - 3) < 1e-5);
      point.forEach((value, j) => sums[j]! += value);
    }
    assert.ok(sums.every((sum) => Math.abs(sum / 2000) < 0.25), `${sums}`);
  });

  Deno.test(`the ${p}-sphere of radius 0 is its centre`, () => {
    const point = new Float32Array(4);
    randomOnSphere(point, 0, p, random("centre"));
    assert.ok(point.every((value) => Math.abs(value) === 0));
  });
}
