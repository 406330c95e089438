import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { clip } from "../../lib/layers/activations/clip.ts";
import { elu } from "../../lib/layers/activations/elu.ts";
import { hardSigmoid } from "../../lib/layers/activations/hard_sigmoid.ts";
import { leakyRelu } from "../../lib/layers/activations/leaky_relu.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { softmax } from "../../lib/layers/activations/softmax.ts";
import { averagePool } from "../../lib/layers/average_pool.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { constantValue } from "../../lib/layers/constants/constant_value.ts";
import { mulConstant } from "../../lib/layers/constants/mul_constant.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { gather } from "../../lib/layers/gather.ts";
import { choose } from "../../lib/layers/junctions/choose.ts";
import { concat } from "../../lib/layers/junctions/concat.ts";
import { einsum } from "../../lib/layers/junctions/einsum.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { localResponseNorm } from "../../lib/layers/local_response_norm.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { mean } from "../../lib/layers/mean.ts";
import { groupNorm } from "../../lib/layers/normalizations/group_norm.ts";
import { layerNorm } from "../../lib/layers/normalizations/layer_norm.ts";
import { junctionOfFunction, ofFunction } from "../../lib/layers/of_function.ts";
import { pad } from "../../lib/layers/pad.ts";
import { reshape } from "../../lib/layers/reshape.ts";
import { channelOrder } from "../../lib/layers/scales/channel_order.ts";
import { normalizeContrast } from "../../lib/layers/scales/normalize_contrast.ts";
import { standardize } from "../../lib/layers/scales/standardize.ts";
import { whiten } from "../../lib/layers/scales/whiten.ts";
import { slice } from "../../lib/layers/slice.ts";
import { transpose } from "../../lib/layers/transpose.ts";
import { defineNetwork } from "../../lib/networks/network.ts";

/** A value of another type, as untyped code may give it. */
// deno-lint-ignore no-explicit-any
const other = (value: unknown): any => value;
const short = { shape: [2, 2], data: new Float32Array(3) };
const infinite = { shape: [1], data: Float32Array.of(Infinity) };

/** What makes a layer, and the end of what is said. */
const refused: Readonly<Record<string, readonly [make: () => unknown, message: string][]>> = {
  "a convolution": [
    [() => conv2d(0, 3), "channels a whole number from 1, got 0"],
    [() => conv2d(other(undefined), 3), "channels a whole number from 1, got undefined"],
    [() => conv2d(4, 0), "kernel a whole number from 1, or 2 of them, got 0"],
    [() => conv2d(4, 2.5), "kernel a whole number from 1, or 2 of them, got 2.5"],
    [() => conv2d(4, other("3")), 'kernel a whole number from 1, or 2 of them, got "3"'],
    [() => conv2d(4, other([3])), "kernel a whole number from 1, or 2 of them, got [3]"],
    [() => conv2d(4, [3, NaN]), "kernel a whole number from 1, or 2 of them, got [3,NaN]"],
    [() => conv2d(4, 3, { stride: 0 }), "stride a whole number from 1, or 2 of them, got 0"],
    [() => conv2d(4, 3, { dilation: 0 }), "dilation a whole number from 1, or 2 of them, got 0"],
    [() => conv2d(4, 3, { pad: -1 }), "pad a whole number from 0, or 4 of them, got -1"],
    [
      () => conv2d(4, 3, { pad: other([1, 1]) }),
      "pad a whole number from 0, or 4 of them, got [1,1]",
    ],
    [() => conv2d(4, 3, { groups: 0 }), "groups a whole number from 1, got 0"],
    [() => conv2d(4, 3, { deviation: -1 }), "deviation a finite number from 0, got -1"],
  ],
  "a dense layer": [
    [() => dense(-1), "outputs a whole number from 1, got -1"],
    [() => dense(2.5), "outputs a whole number from 1, got 2.5"],
    [() => dense(other(relu)), "outputs a whole number from 1, got a function"],
    [() => dense(4, { deviation: NaN }), "deviation a finite number from 0, got NaN"],
    [() => dense(4, { deviation: 1e39 }), "deviation a finite number from 0, got 1e+39"],
  ],
  "a max-pooling layer": [
    [() => maxPool(2.5), "window a whole number from 1, or 2 of them, got 2.5"],
    [() => maxPool(2, { stride: 0 }), "stride a whole number from 1, or 2 of them, got 0"],
    [() => maxPool(2, { pad: -1 }), "pad a whole number from 0, or 4 of them, got -1"],
  ],
  "an average-pooling layer": [
    [() => averagePool(0), "window a whole number from 1, or 2 of them, got 0"],
    [
      () => averagePool(2, { counted: 0.5 }),
      "counted a whole number from 0, or 4 of them, got 0.5",
    ],
  ],
  "a batch normalisation": [
    [() => batchNorm({ statistics: other("bach") }), 'statistics running or batch, got "bach"'],
    [() => batchNorm({ epsilon: -1 }), "epsilon a finite number from 0, got -1"],
  ],
  "a group normalisation": [
    [() => groupNorm(0), "groups a whole number from 1, got 0"],
    [() => groupNorm(2, { epsilon: NaN }), "epsilon a finite number from 0, got NaN"],
  ],
  "a layer normalisation": [
    [() => layerNorm({ axes: 1.5 }), "axes a whole number from 1, got 1.5"],
    [() => layerNorm({ epsilon: -1 }), "epsilon a finite number from 0, got -1"],
  ],
  "a local response normalisation": [
    [() => localResponseNorm({ size: 4 }), "size an odd number from 1, got 4"],
    [() => localResponseNorm({ size: -1 }), "size an odd number from 1, got -1"],
    [() => localResponseNorm({ beta: NaN }), "beta a finite number, got NaN"],
  ],
  "a dropout layer": [
    [() => dropout(1), "a rate in [0, 1), got 1"],
    [() => dropout(other("0.5")), 'a rate in [0, 1), got "0.5"'],
  ],
  "a slice": [
    [() => slice({ axis: 1, start: 0.5, end: 2 }), "start a whole number from 0, got 0.5"],
    [() => slice({ axis: 1, start: 0, end: NaN }), "end a whole number from 0, got NaN"],
    [() => slice({ axis: 0, start: 0, end: 2 }), "axis a whole number from 1, got 0"],
    [() => slice({ axis: 1, start: 0, end: 2, step: 0 }), "step a whole number from 1, got 0"],
  ],
  "a layer that takes places": [
    [() => gather([0.5]), "places a list of whole numbers from 0, got [0.5]"],
    [() => gather(other(2)), "places a list of whole numbers from 0, got 2"],
    [() => gather([0], 0), "axis a whole number from 1, got 0"],
  ],
  "a layer that pads": [
    [
      () => pad([[0, -1]]),
      "padding a list of two whole numbers from 0 for each axis, got [[0,-1]]",
    ],
    [() => pad(other([1])), "padding a list of two whole numbers from 0 for each axis, got [1]"],
    [() => pad([[0, 1]], NaN), "value a number, got NaN"],
  ],
  "a layer that reshapes": [
    [() => reshape([2, 1.5]), "shape a list of whole numbers from 0, got [2,1.5]"],
    [() => reshape(other(12)), "shape a list of whole numbers from 0, got 12"],
  ],
  "a layer that transposes": [
    [() => transpose([0, 1]), "axes a list of whole numbers from 1, got [0,1]"],
  ],
  "a mean": [[() => mean([0]), "axes a list of whole numbers from 1, got [0]"]],
  "a softmax": [[() => softmax({ axes: [0.5] }), "axes a list of whole numbers, got [0.5]"]],
  "a clip layer": [
    [() => clip({ low: other("0") }), 'low a number, got "0"'],
    [() => clip({ low: 1, high: 0 }), "low <= high, got 1 and 0"],
  ],
  "an exponential linear unit": [
    [() => elu({ alpha: Infinity }), "alpha a finite number, got Infinity"],
  ],
  "a hard sigmoid": [
    [() => hardSigmoid({ alpha: 0 }), "alpha a finite number above 0, got 0"],
    [() => hardSigmoid({ beta: NaN }), "beta a finite number, got NaN"],
  ],
  "a leaky rectifier": [
    [() => leakyRelu(other({ slope: 0.1 })), "slope a finite number, got an object"],
  ],
  "a parametric rectifier": [
    [() => prelu({ initial: NaN }), "initial a finite number, got NaN"],
    [() => prelu({ shape: [-1] }), "shape a list of whole numbers from 0, got [-1]"],
  ],
  "a sum with a constant": [
    [() => addConstant([1.5]), "shape a list of whole numbers from 0, got [1.5]"],
    [() => addConstant([1], { initial: -Infinity }), "initial a finite number, got -Infinity"],
  ],
  "a product with a constant": [
    [() => mulConstant(other(3)), "shape a list of whole numbers from 0, got 3"],
  ],
  "a constant": [
    [() => constantValue([2], {}, [3]), "an outputShape of 2 numbers, got [3]"],
    [() => constantValue([2], { initial: NaN }), "initial a finite number, got NaN"],
  ],
  "a choice": [
    [
      () => choose(short),
      "condition a shape and a Float32Array of as many finite numbers, got an object",
    ],
  ],
  "a concatenation": [[() => concat({ axis: 0.5 }), "axis a whole number, got 0.5"]],
  "an Einstein sum": [5, "ij,jk->ik", "bij,bj->bj", "bii,bi->bi", "bij,bjk,bkl->bil"].map(
    (equation) => [
      () => einsum(other(equation)),
      `two inputs whose letters begin with the batch's, like "bij,bjk->bik", got ${equation}`,
    ],
  ),
  "a function as a layer": [
    [() => ofFunction(other(3)), "fn a function, got 3"],
    [() => ofFunction((x) => x, other([3])), "describe a function, got [3]"],
  ],
  "a function as a junction": [
    [() => junctionOfFunction(([x]) => x!, other(undefined)), "describe a function, got undefined"],
  ],
  "an order of channels": [
    [() => channelOrder([0.5]), "order a list of whole numbers from 0, got [0.5]"],
  ],
  "a contrast normalisation": [
    [() => normalizeContrast(0), "contrast a finite number above 0, got 0"],
  ],
  "a standardisation": [
    [
      () => standardize({ mean: short }),
      "mean a shape and a Float32Array of as many finite numbers, got an object",
    ],
    [
      () => standardize({ deviation: infinite }),
      "deviation a shape and a Float32Array of as many finite numbers, got an object",
    ],
  ],
  "a whitening": [
    [
      () => whiten(other([1])),
      "matrix a shape and a Float32Array of as many finite numbers, got [1]",
    ],
  ],
  "the network flat": [
    [
      () => defineNetwork({ name: "flat", inputShape: [4], layers: other(relu) as Layer }),
      "layers to be a layer, got a function, which must be called",
    ],
  ],
};

for (const [what, cases] of Object.entries(refused)) {
  Deno.test(`${what} is refused when it is made, with what was expected and what came`, () => {
    for (const [make, message] of cases) {
      assert.throws(make, (error) => {
        assert.ok(error instanceof UserError, `${message}: ${error}`);
        assert.equal(error.message, `building ${what}: expected ${message}`);
        return true;
      });
    }
  });
}
