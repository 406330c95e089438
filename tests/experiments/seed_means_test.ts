import assert from "node:assert/strict";
import { seedMeans } from "../../lib/experiments/seed_means.ts";

Deno.test("seedMeans averages the seeds of a setting that did not diverge", () => {
  const rows = [
    { c: 5, seed: 0, accuracy: 0.5, rho2: 0.25 },
    { c: 9, seed: 0, accuracy: null, rho2: null },
    { c: 5, seed: 1, accuracy: 1, rho2: 0.75 },
    { c: 5, seed: 2, accuracy: null, rho2: null },
  ];
  assert.deepEqual(seedMeans(rows, ({ c }) => c), [
    { c: 5, seed: 0, accuracy: 0.75, rho2: 0.5 },
    { c: 9, seed: 0, accuracy: null, rho2: null },
  ]);
});
