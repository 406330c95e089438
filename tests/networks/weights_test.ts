import assert from "node:assert/strict";
import { checkWeights } from "../../lib/networks/check_weights.ts";
import type { Weights } from "../../lib/networks/weights.ts";

const WEIGHTS: Weights = {
  "fc1.weight": { shape: [2, 3], data: new Float32Array([1, -2.5, 1e-45, -0, -3.4e38, 1e-38]) },
  "fc1.bias": { shape: [2], data: new Float32Array([0.1, 3.4e38]) },
};

Deno.test("checkWeights: the weights in the expected order", () => {
  const { "fc1.weight": weight, "fc1.bias": bias } = WEIGHTS;
  const checked = checkWeights(
    { "fc1.bias": bias!, "fc1.weight": weight! },
    { "fc1.weight": [2, 3], "fc1.bias": [2] },
    "mlp",
  );
  assert.deepEqual(Object.keys(checked), ["fc1.weight", "fc1.bias"]);
  assert.equal(checked["fc1.weight"], weight);
});

Deno.test("checkWeights: names the first tensor that is wrong", () => {
  const { "fc1.weight": weight, "fc1.bias": bias } = WEIGHTS;
  const weights = { "fc1.weight": weight!, "fc1.bias": bias! };
  const cases: [Weights, Record<string, number[]>, string][] = [
    [
      weights,
      { "fc1.weight": [2, 3], "fc1.bias": [2], "fc2.weight": [1, 2], "fc2.bias": [1] },
      "expected a tensor fc2.weight, got fc1.weight, fc1.bias",
    ],
    [{}, { "fc1.bias": [2] }, "expected a tensor fc1.bias, got no tensors"],
    [weights, { "fc1.weight": [2, 3] }, "expected only fc1.weight, got a tensor fc1.bias too"],
    [
      weights,
      { "fc1.weight": [3, 2], "fc1.bias": [2] },
      "expected fc1.weight of shape [3, 2], got [2, 3]",
    ],
    [
      weights,
      { "fc1.weight": [2, 3], "fc1.bias": [2, 1] },
      "expected fc1.bias of shape [2, 1], got [2]",
    ],
    [weights, { toString: [2] }, "expected a tensor toString, got fc1.weight, fc1.bias"],
  ];
  for (const [given, expected, message] of cases) {
    assert.throws(() => checkWeights(given, expected, "mlp"), {
      name: "UserError",
      message: `weights for mlp: ${message}`,
    });
  }
});

Deno.test("checkWeights: of many names the first are told", () => {
  const names = Array.from({ length: 5000 }, (_, i) => [`tensor${i}`, WEIGHTS["fc1.bias"]!]);
  assert.throws(() => checkWeights(Object.fromEntries(names), { a: [] }, "lenet"), {
    message: /^weights for lenet: expected a tensor a, got tensor0, .*tensor11 and 4988 more$/,
  });
});
