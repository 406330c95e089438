import assert from "node:assert/strict";
import { leastAccuracy } from "../../lib/metrics/least_accuracy.ts";

const cases: readonly (readonly [classes: number, least: number])[] = [
  [2, 0.6],
  [4, 0.4],
  [6, 1 / 3],
  [10, 0.2],
  [1000, 0.002],
];

for (const [classes, least] of cases) {
  Deno.test(`of ${classes} classes, an accuracy from ${least.toFixed(3)} on is enough: twice chance, less of few`, () => {
    assert.ok(Math.abs(leastAccuracy(classes) - least) < 1e-12);
  });
}
