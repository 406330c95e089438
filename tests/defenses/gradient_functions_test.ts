import assert from "node:assert/strict";
import { stepGradient } from "../../lib/defenses/deep_defense/deep_defense_functions.ts";
import { lossGradient } from "../../lib/defenses/step/loss_functions.ts";
import { lenet } from "../../lib/networks/lenet.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { trainedNames } from "../../lib/networks/network.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { zerosLike } from "../../lib/defenses/step/gradient_sum.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { scaled } from "../attacks/affine_problem.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { numbers } from "../engine/engines.ts";
import { operators } from "../engine/operators.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

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

for (const network of [smallMlp(), smallConvolutional()]) {
  const last = Object.keys(network.parameters).slice(-2);
  const weights = smallWeights(network, "extreme");
  const chunk = 4;
  const x = smallSplit(chunk, "extreme").images;
  const cotangent = numbers([x.length], "extreme");
  const seeds = Float32Array.from({ length: 4 * chunk }, (_, i) => [-1, 1, 0, 0][i % 4]!);

  for (const p of [1, 1.5, 2, Infinity]) {
    Deno.test(`the gradient of a DeepFool step on ${network.name}, p = ${p}: where the last layer is multiplied by any number the step stays, and the chain rule gives its gradient`, async () => {
      const engine = await sharedEngine(1);
      const { fn, inputs } = stepGradient(network, {
        chunk,
        p,
        regularized: trainedNames(network),
      });
      const run = await engine.compile(fn, inputs);
      const gradient = async (weights: Weights) => {
        const arrays = arraysOf(weights);
        const zeros = Object.entries(zerosLike(arrays)).map(([name, sum]) => [`sum:${name}`, sum]);
        return await run({
          ...weightInputs(arrays),
          ...Object.fromEntries(zeros),
          x,
          seeds,
          cotangent,
        });
      };
      const ordinary = await gradient(weights);
      for (const factor of [1e-30, 1e-20, 1e-12, 1e12, 1e19, 1e30]) {
        const own = Object.fromEntries(last.map((name) => [name, weights[name]!]));
        const extreme = await gradient({ ...weights, ...scaled(own, factor) });
        assertClose(extreme.pullback!, ordinary.pullback!, { relative: 1e-4 });
        for (const name of Object.keys(weights)) {
          const chained = extreme[`gradient:${name}`]!;
          const back = Array.from(chained, (g) => last.includes(name) ? g * factor : g);
          assertClose(back, ordinary[`gradient:${name}`]!, { relative: 1e-4, absolute: 1e-7 });
        }
      }
    });
  }
}
