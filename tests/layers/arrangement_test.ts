import { UserError } from "../../lib/engine/user_error.ts";
import assert from "node:assert/strict";
import { clip } from "../../lib/layers/activations/clip.ts";
import { hardSigmoid } from "../../lib/layers/activations/hard_sigmoid.ts";
import { hardSwish } from "../../lib/layers/activations/hard_swish.ts";
import { leakyRelu } from "../../lib/layers/activations/leaky_relu.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { mulConstant } from "../../lib/layers/constants/mul_constant.ts";
import { gather } from "../../lib/layers/gather.ts";
import { globalMaxPool } from "../../lib/layers/global_max_pool.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { mean } from "../../lib/layers/mean.ts";
import { pad } from "../../lib/layers/pad.ts";
import { reshape } from "../../lib/layers/reshape.ts";
import { serial } from "../../lib/layers/serial.ts";
import { slice } from "../../lib/layers/slice.ts";
import { transpose } from "../../lib/layers/transpose.ts";
import { checkLayer, type Example } from "./check_layer.ts";

const examples: Record<string, Example> = {
  reshape: { layer: reshape([3, 4]), inputShape: [2, 3, 2] },
  transpose: { layer: transpose([2, 3, 1]), inputShape: [2, 3, 4] },
  "slice of channels": { layer: slice({ axis: 1, start: 1, end: 3 }), inputShape: [4, 2, 3] },
  "slice, every second row": {
    layer: slice({ axis: 2, start: 0, end: 6, step: 2 }),
    inputShape: [2, 6, 3],
  },
  "slice, every third column from the second, one left over": {
    layer: slice({ axis: 3, start: 1, end: 6, step: 3 }),
    inputShape: [1, 2, 7],
  },
  "pad with zeros": { layer: pad([[1, 0], [0, 2], [3, 1]]), inputShape: [2, 2, 3] },
  "pad with a number": { layer: pad([[0, 1], [2, 0]], -1.5), inputShape: [2, 3] },
  "mean over rows and columns": { layer: mean([2, 3]), inputShape: [3, 4, 5] },
  "pad with -infinity before a maximum, windows that tile": {
    layer: serial({ pad: pad([[0, 0], [1, 1], [1, 1]], -Infinity), pool: maxPool(2) }),
    inputShape: [2, 4, 4],
  },
  "pad with -infinity before a maximum, windows that overlap": {
    layer: serial({
      pad: pad([[0, 0], [1, 1], [1, 1]], -Infinity),
      pool: maxPool(3, { stride: 2 }),
    }),
    inputShape: [2, 5, 5],
  },
  "pad with -infinity before a maximum of each channel": {
    layer: serial({ pad: pad([[0, 0], [1, 0], [0, 1]], -Infinity), pool: globalMaxPool() }),
    inputShape: [2, 3, 3],
  },
  "pad with the least number of 32 bits before a maximum": {
    layer: serial({ pad: pad([[0, 0], [1, 1], [1, 1]], -3.4028234663852886e38), pool: maxPool(2) }),
    inputShape: [2, 4, 4],
  },
  "mean over channels, axis kept": {
    layer: mean([1], { keepAxes: true }),
    inputShape: [3, 2, 2],
  },
  globalMaxPool: { layer: globalMaxPool(), inputShape: [3, 4, 5] },
  "globalMaxPool, ties": { layer: globalMaxPool(), inputShape: [3, 4, 4], ties: true },
  "gather, channels turned round": { layer: gather([2, 1, 0]), inputShape: [3, 2, 2] },
  "gather, a row twice": { layer: gather([1, 1, 3], 2), inputShape: [2, 4, 2] },
  leakyRelu: { layer: leakyRelu(0.1), inputShape: [2, 3, 3] },
  "leakyRelu, zeros": { layer: leakyRelu(0.2), inputShape: [20], ties: true },
  "clip between bounds": { layer: clip({ low: -0.5, high: 0.4 }), inputShape: [2, 3, 3] },
  "clip from below": { layer: clip({ low: 0.1 }), inputShape: [12] },
  "clip from above": { layer: clip({ high: 0.1 }), inputShape: [12] },
  hardSigmoid: { layer: hardSigmoid({ alpha: 0.7 }), inputShape: [2, 3, 3] },
  hardSwish: { layer: hardSwish(), inputShape: [40] },
  "prelu, one slope": { layer: prelu({ shape: [1] }), inputShape: [3, 2, 2] },
  "prelu, a slope per channel in three axes": {
    layer: prelu({ shape: [3, 1, 1] }),
    inputShape: [3, 2, 2],
  },
  addConstant: { layer: addConstant([3, 1, 1], { initial: 0.7 }), inputShape: [3, 2, 2] },
  "addConstant, subtracted": {
    layer: addConstant([1, 3, 1, 1], { initial: 0.7, minus: true }),
    inputShape: [3, 2, 2],
  },
  mulConstant: { layer: mulConstant([], { initial: 0.7 }), inputShape: [3, 2, 2] },
  "mulConstant, divided by": {
    layer: mulConstant([1, 3, 1, 1], { initial: 0.7, divide: true }),
    inputShape: [3, 2, 2],
  },
};

for (const [name, example] of Object.entries(examples)) checkLayer(name, example);

const misfits: Record<string, [make: () => Layer, inputShape: number[], message: RegExp]> = {
  reshape: [
    () => reshape([3, 4]),
    [3, 3],
    /expected 12 numbers for \[3,4\], got the shape \[3,3\]/,
  ],
  transpose: [() => transpose([1, 1]), [3, 3], /each axis from 1 once for .*\[3,3\], got \[1,1\]/],
  slice: [() => slice({ axis: 1, start: 0, end: 4 }), [3], /end <= 3 .* got 0 and 4/],
  pad: [
    () => pad([[0, 1]]),
    [3, 3],
    /two numbers from 0 for each axis of \[3,3\], got \[\[0,1\]\]/,
  ],
  mean: [() => mean([2]), [3], /expected different axes from 1 to 1, got \[2\]/],
  "mean of an axis twice": [() => mean([1, 1]), [3], /expected different axes .*, got \[1,1\]/],
  globalMaxPool: [() => globalMaxPool(), [3], /expected an image, got the shape \[3\]/],
  gather: [() => gather([3]), [3], /places from 0 to 2 of the shape \[3\], got \[3\]/],
  clip: [() => clip({ low: 1, high: 0 }), [3], /expected low <= high, got 1 and 0/],
  addConstant: [() => addConstant([2]), [3], /a sum with a constant.*\[3\] or 1, got \[2\]/],
  prelu: [
    () => prelu({ shape: [2, 1, 1] }),
    [3, 2, 2],
    /rectifier .*\[3,2,2\] or 1, got \[2,1,1\]/,
  ],
};

Deno.test("layers that do not fit say what they expected and what came", () => {
  for (const [name, [make, inputShape, message]] of Object.entries(misfits)) {
    assert.throws(
      () => make().describe(inputShape),
      (error) => error instanceof UserError && message.test(error.message),
      name,
    );
  }
});
