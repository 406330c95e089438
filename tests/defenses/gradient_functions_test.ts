import assert from "node:assert/strict";
import { stepGradient } from "../../lib/defenses/deep_defense/deep_defense_functions.ts";
import { lossGradient } from "../../lib/defenses/step/loss_functions.ts";
import { lenet } from "../../lib/networks/lenet.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { operators } from "../engine/operators.ts";

const shape = [1, 28, 28];
const count = (operators: readonly string[], wanted: string) =>
  operators.filter((op) => op === wanted).length;

Deno.test("on the way back through a DeepFool step the reverse network is computed once", () => {
  const network = lenet(shape, 10);
  const { fn, inputs } = stepGradient(network, {
    chunk: 2,
    p: 2,
    regularized: trainedNames(network),
  });
  const made = operators(fn, inputs);
  assert.equal(count(made, "ConvTranspose"), 2, "one for each convolution");
  assert.equal(count(made, "Conv"), 2 * 3, "forward, linearized and the filter's gradient");
});

Deno.test("the gradient of the loss stops at the first layer's weights", () => {
  const { fn, inputs } = lossGradient(lenet(shape, 10), { chunk: 2 });
  assert.equal(count(operators(fn, inputs), "ConvTranspose"), 1);
  const dense = lossGradient(mlp(shape, 10), { chunk: 2 });
  assert.equal(count(operators(dense.fn, dense.inputs), "Gemm"), 3 + 2 + 3);
});
