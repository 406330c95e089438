import assert from "node:assert/strict";
import { normal, random, shuffled } from "../../lib/engine/random.ts";

const take = (count: number, next: () => number) => Array.from({ length: count }, next);

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

Deno.test("random: a key names one stream, the same in every version", () => {
  assert.deepEqual(take(100, random("a", 1)), take(100, random("a", 1)));
  assert.deepEqual(
    take(4, random("shuffle", 0, 1)).map((u) => u * 2 ** 32),
    [3969481591, 309264452, 3390203074, 2207642641],
  );
});

Deno.test("random: keys that differ anywhere name different streams", () => {
  const keys: (string | number)[][] = [
    [],
    [""],
    ["a", 1],
    ["a", "1"],
    ["a1"],
    ["a,1"],
    [1, "a"],
    ["a", 2],
    ["a", 1, 0],
    ["a", -1],
    ["a", 1.5],
    ["b", 1],
  ];
  const firsts = keys.map((key) => random(...key)());
  assert.equal(new Set(firsts).size, keys.length);
});

Deno.test("random: uniform on [0, 1), streams of neighbouring keys uncorrelated", () => {
  const [a, b] = [take(100_000, random("seed", 0)), take(100_000, random("seed", 1))];
  assert.ok(a.every((u) => u >= 0 && u < 1));
  const { mean, variance } = moments(a);
  assert.ok(Math.abs(mean - 1 / 2) < 0.005, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) < 0.002, `variance ${variance}`);
  const covariance = moments(a.map((u, i) => (u - 0.5) * (b[i]! - 0.5))).mean;
  assert.ok(Math.abs(12 * covariance) < 0.02, `correlation ${12 * covariance}`);
  const bins = new Array<number>(100).fill(0);
  for (const u of a) bins[Math.floor(100 * u)]! += 1;
  const chi2 = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi2 > 50 && chi2 < 160, `chi-squared of 100 bins ${chi2}`);
});

Deno.test("random: the first numbers of successive keys are uniform too", () => {
  const { mean, variance } = moments(
    Array.from({ length: 20_000 }, (_, i) => random("epoch", i)()),
  );
  assert.ok(Math.abs(mean - 1 / 2) < 0.01, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) < 0.003, `variance ${variance}`);
});

Deno.test("random: a number that is not finite cannot be in a key", () => {
  assert.throws(() => random("a", NaN), RangeError);
  assert.throws(() => random(Infinity), RangeError);
});

Deno.test("normal: mean 0, variance 1, the tails and the kurtosis of a normal", () => {
  const z = take(200_000, normal(random("normal")));
  const { mean, variance } = moments(z);
  assert.ok(Math.abs(mean) < 0.01, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.015, `variance ${variance}`);
  const kurtosis = moments(z.map((value) => value ** 4)).mean;
  assert.ok(Math.abs(kurtosis - 3) < 0.1, `fourth moment ${kurtosis}`);
  const within2 = z.filter((value) => Math.abs(value) < 2).length / z.length;
  assert.ok(Math.abs(within2 - 0.9545) < 0.003, `within two deviations ${within2}`);
  const pairs = moments(z.slice(1).map((value, i) => value * z[i]!)).mean;
  assert.ok(Math.abs(pairs) < 0.01, `neighbours' correlation ${pairs}`);
});

Deno.test("normal: finite at the ends of the uniform's range", () => {
  for (const u of [0, 1 - 2 ** -32]) {
    assert.ok(take(2, normal(() => u)).every((z) => Math.abs(z) < 6.67));
  }
});

Deno.test("shuffled: a permutation, decided by its key", () => {
  const order = shuffled(1000, "shuffle", 0, 1);
  const all = Uint32Array.from({ length: 1000 }, (_, i) => i);
  assert.deepEqual(order.toSorted(), all);
  assert.notDeepEqual(order, all);
  assert.deepEqual(shuffled(1000, "shuffle", 0, 1), order);
  assert.notDeepEqual(shuffled(1000, "shuffle", 0, 2), order);
  assert.deepEqual([...shuffled(0, "x")], []);
  assert.deepEqual([...shuffled(1, "x")], [0]);
});

Deno.test("shuffled: every order is as likely as another", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(3, "orders", i).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const [order, count] of counts) {
    assert.ok(Math.abs(count - 1000) < 130, `${order}: ${count} of 6000`);
  }
});

Deno.test("shuffled: a count that is not a whole number >= 0 is refused", () => {
  for (const count of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => shuffled(count, "x"), /expected a whole number of items >= 0/);
  }
});
