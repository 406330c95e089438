import assert from "node:assert/strict";
import { smallestNorms, worstCaseAccuracy } from "../../lib/metrics/worst_case.ts";

const bytes = (...numbers: number[]) => Uint16Array.from(numbers);
const labels = bytes(0, 1, 2, 3);

Deno.test("a sample is right in the worst case only if it is right as it is and under every attack", () => {
  const harmless = { predicted: labels, fooledAs: labels };
  const first = { predicted: labels, fooledAs: bytes(0, 0, 2, 3) };
  const second = { predicted: labels, fooledAs: bytes(0, 1, 0, 3) };
  assert.equal(worstCaseAccuracy(labels, [harmless]), 1);
  assert.equal(worstCaseAccuracy(labels, [harmless, first]), 0.75);
  assert.equal(worstCaseAccuracy(labels, [first, second]), 0.5);
});

Deno.test("a sample that an attack leads from a wrong class to its own is wrong in the worst case", () => {
  const attack = { predicted: bytes(0, 1, 0, 3), fooledAs: labels };
  assert.equal(worstCaseAccuracy(labels, [attack]), 0.75);
});

Deno.test("the smallest norm is that of the smallest perturbation that fooled", () => {
  const attacks = [
    { norms: Float32Array.of(1, 2, 0.5, 4), fooled: bytes(1, 1, 0, 0) },
    { norms: Float32Array.of(2, 1, 3, 1), fooled: bytes(1, 1, 1, 0) },
  ];
  const { norms, attacks: found } = smallestNorms(attacks);
  assert.deepEqual([...norms], [1, 1, 3, Infinity]);
  assert.deepEqual([...found], [0, 1, 1, -1]);
});

Deno.test("the smallest norm may be any of many attacks'", () => {
  const attacks = Array.from({ length: 300 }, (_, i) => ({
    norms: Float32Array.of(300 - i),
    fooled: bytes(1),
  }));
  assert.deepEqual([...smallestNorms(attacks).attacks], [299]);
});

const norms = { norms: Float32Array.of(1), fooled: bytes(1) };
for (
  const [name, run, message] of [
    ["no attack", () => worstCaseAccuracy(labels, []), /at least one attack, got none/],
    ["no attack's norms", () => smallestNorms([]), /at least one attack, got none/],
    [
      "an attack on other samples",
      () => worstCaseAccuracy(labels, [{ predicted: bytes(0), fooledAs: bytes(0) }]),
      /4 samples in every attack, got one with 1/,
    ],
    [
      "norms of other samples",
      () => smallestNorms([norms, { norms: new Float32Array(2), fooled: bytes(1, 1) }]),
      /1 samples in every attack, got one with 2/,
    ],
  ] as const
) {
  Deno.test(`the worst case refuses ${name}`, () => assert.throws(run, message));
}
