import assert from "node:assert/strict";
import { seedMeans, wholeSeeds } from "../../lib/experiments/seed_means.ts";

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

Deno.test("the whole seeds are those with every setting, also where a model diverged", () => {
  const row = (seed: number, c: number) => ({ seed, c, accuracy: c === 5 ? null : 0.9, rho2: 0.2 });
  const whole = [row(0, 5), row(0, 9), row(2, 5), row(2, 9)];
  assert.deepEqual(wholeSeeds([...whole, row(1, 9)]), whole);
  assert.deepEqual(wholeSeeds([]), []);
});
