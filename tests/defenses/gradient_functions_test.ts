import assert from "node:assert/strict";
import { lossGradient, stepGradient } from "../../lib/defenses/gradient_functions.ts";
import { lenet } from "../../lib/networks/lenet.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { operators } from "../engine/operators.ts";

const shape = [1, 28, 28];
const count = (operators: readonly string[], wanted: string) =>
  operators.filter((op) => op === wanted).length;

Deno.test("on the way back through a DeepFool step the reverse network is computed once", () => {
  const { fn, inputs } = stepGradient(lenet(shape, 10), 2, 2);
  const made = operators(fn, inputs);
  assert.equal(count(made, "ConvTranspose"), 2, "one for each convolution");
  assert.equal(count(made, "Conv"), 2 * 3, "forward, linearized and the filter's gradient");
});

Deno.test("the gradient of the loss stops at the first layer's weights", () => {
  const { fn, inputs } = lossGradient(lenet(shape, 10), 2);
  assert.equal(count(operators(fn, inputs), "ConvTranspose"), 1);
  const dense = lossGradient(mlp(shape, 10), 2);
  assert.equal(count(operators(dense.fn, dense.inputs), "Gemm"), 3 + 2 + 3);
});
