import assert from "node:assert/strict";
import {
  duration,
  percent,
  percentInterval,
  significant,
  significantInterval,
} from "../../lib/plots/numbers.ts";

Deno.test("accuracies have two decimals, ratios three digits", () => {
  assert.equal(percent(0.98345), "98.34");
  assert.deepEqual([0.20517, 0.0259, 0.00163, 22.81, 1234, 0, 0.9996].map(significant), [
    "0.205",
    "0.0259",
    "0.00163",
    "22.8",
    "1234",
    "0",
    "1.00",
  ]);
});

Deno.test("both sides of ± have as many decimals", () => {
  assert.equal(percentInterval({ mean: 0.9834, halfWidth: 0.0012, count: 3 }), "98.34 ± 0.12");
  assert.equal(significantInterval({ mean: 0.0259, halfWidth: 0.1, count: 3 }), "0.0259 ± 0.1000");
  assert.equal(significantInterval({ mean: 0.0259, halfWidth: null, count: 1 }), "0.0259");
});

Deno.test("durations read as people say them", () => {
  assert.deepEqual([4.21, 59.96, 200, 7384, 86_400].map(duration), [
    "4.2 s",
    "1 min 00 s",
    "3 min 20 s",
    "2 h 03 min",
    "24 h 00 min",
  ]);
});
