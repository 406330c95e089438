import assert from "node:assert/strict";
import { rankCorrelation } from "../../../lib/experiments/claims/rank_correlation.ts";

const correlations: [a: number[], b: number[], expected: number][] = [
  [[1, 2, 3], [10, 20, 400], 1],
  [[1, 2, 3], [3, 2, 1], -1],
  [[1, 2, 3, 4], [1, 3, 2, 4], 0.8], // 1 - 6 * 2 / (4 * 15)
  [[1, 2, 3, 4], [1, 2, 2, 3], 3 / Math.sqrt(10)], // Pearson's of 0 1 2 3 and 0 1.5 1.5 3
  [[1, 2, 3], [5, 5, 5], 0],
];

for (const [a, b, expected] of correlations) {
  Deno.test(`the rank correlation of ${a} and ${b} is ${expected}`, () => {
    assert.ok(Math.abs(rankCorrelation(a, b) - expected) < 1e-12);
  });
}
