import assert from "node:assert/strict";
import { isSteady, peakFields, steadily } from "./steady.ts";

for (
  const [before, after, steady] of [
    [200, 200, true],
    [200, 160, true],
    [160, 200, true],
    [200, 159, false],
    [159, 200, false],
    [205, 25, false],
  ] as const
) {
  Deno.test(`peaks of ${before} and ${after} are ${steady ? "" : "not "}steady`, () => {
    assert.equal(isSteady({ before, after }), steady);
  });
}

for (
  const [title, peaks, measured, after] of [
    ["a steady row is measured once", [100, 90], "first", 90],
    ["a row whose peak changes is measured again", [100, 50, 55], "second", 55],
    ["a row whose peak changes twice is not measured a third time", [100, 50, 100], "second", 100],
  ] as const
) {
  Deno.test(title, async () => {
    const [left, names] = [[...peaks] as number[], ["first", "second", "third"]];
    const result = await steadily(
      () => Promise.resolve(left.shift()!),
      () => Promise.resolve(names.shift()!),
    );
    assert.deepEqual([result.measured, result.after, left.length], [measured, after, 0]);
  });
}

Deno.test("a row has an efficiency where its peaks are steady, and else says what they were", () => {
  const row = { ms: 500, usefulGflop: 50 };
  assert.deepEqual(peakFields({ before: 210, after: 190 }, row), {
    peak_gflops: 200,
    efficiency: 0.5,
  });
  assert.deepEqual(peakFields({ before: 210, after: 190 }, { ms: 500 }), { peak_gflops: 200 });
  assert.deepEqual(peakFields({ before: 205, after: 40 }, row), {
    noisy: "noisy: peak 205 GFLOP/s before, 40.0 after",
  });
});
