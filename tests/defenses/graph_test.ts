import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { tanh } from "../../lib/layers/activations/tanh.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { graph } from "../../lib/layers/graph.ts";
import { add } from "../../lib/layers/junctions/add.ts";
import { concat } from "../../lib/layers/junctions/concat.ts";
import { mul } from "../../lib/layers/junctions/mul.ts";
import { sub } from "../../lib/layers/junctions/sub.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { junctionOfFunction } from "../../lib/layers/of_function.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import {
  choicesOf64,
  derivatives64,
  type Function64,
  regularizerOf64,
} from "../oracle/function64.ts";
import { at, type Weights64 } from "../oracle/network64.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallWeights } from "../small_problem.ts";
import { batch, difference, relativeError, step } from "./step.ts";

/** A network of layers and the same one as a plain function in float64. */
interface Twin {
  readonly inputShape: readonly number[];
  readonly layers: Layer;
  readonly logits: Function64;
}

const fc = (outputs: number) => dense(outputs, { deviation: 0.7 });

const twins: Readonly<Record<string, Twin>> = {
  "concat of vectors": {
    inputShape: [4],
    layers: graph({
      left: { layer: serial({ fc: fc(4), relu: relu() }), from: "input" },
      right: { layer: fc(3), from: "input" },
      both: { layer: concat(), from: ["left", "right", "input"] },
      logits: { layer: fc(4), from: "both" },
    }, "logits"),
    logits: (w, x) =>
      linear(w, "logits", [
        ...linear(w, "left.fc", x).map(rectified),
        ...linear(w, "right", x),
        ...Array.from(x),
      ]),
  },
  "concat of channels": {
    inputShape: [1, 2, 2],
    layers: graph({
      two: { layer: conv2d(2, 1, { deviation: 1 }), from: "input" },
      relu: { layer: relu(), from: "two" },
      one: { layer: conv2d(1, 1, { deviation: 1 }), from: "input" },
      both: { layer: concat(), from: ["one", "relu"] },
      flat: { layer: flatten(), from: "both" },
      logits: { layer: fc(4), from: "flat" },
    }, "logits"),
    logits: (w, x) => {
      const pixels = Array.from(x);
      const channel = (name: string, i: number) =>
        pixels.map((pixel) => linear(w, name, [pixel])[i]!);
      return linear(w, "logits", [
        ...channel("one", 0),
        ...channel("two", 0).map(rectified),
        ...channel("two", 1).map(rectified),
      ]);
    },
  },
  "a value that several nodes read, a product and a difference": {
    inputShape: [4],
    layers: graph({
      fc: { layer: fc(4), from: "input" },
      tanh: { layer: tanh(), from: "fc" },
      gate: { layer: mul(), from: ["fc", "tanh"] },
      difference: { layer: sub(), from: ["gate", "input"] },
      logits: { layer: fc(4), from: "difference" },
    }, "logits"),
    logits: (w, x) => {
      const hidden = linear(w, "fc", x);
      return linear(w, "logits", hidden.map((h, i) => h * Math.tanh(h) - at(x, i)));
    },
  },
  "a diamond in a graph, and a square": {
    inputShape: [3],
    layers: graph({
      diamond: {
        layer: graph({
          first: { layer: fc(4), from: "input" },
          left: { layer: relu(), from: "first" },
          right: { layer: serial({ tanh: tanh(), fc: fc(4) }), from: "first" },
          sum: { layer: add(), from: ["left", "right", "first"] },
        }, "sum"),
        from: "input",
      },
      square: { layer: mul(), from: ["diamond", "diamond"] },
      both: { layer: concat({ axis: -1 }), from: ["square", "diamond"] },
      logits: { layer: fc(4), from: "both" },
    }, "logits"),
    logits: (w, x) => {
      const first = linear(w, "diamond.first", x);
      const right = linear(w, "diamond.right.fc", first.map(Math.tanh));
      const diamond = first.map((h, i) => rectified(h) + right[i]! + h);
      return linear(w, "logits", [...diamond.map((h) => h * h), ...diamond]);
    },
  },
  "a branch and a parameter that a function ignores": {
    inputShape: [4],
    layers: graph({
      hidden: { layer: serial({ fc: fc(4), relu: relu() }), from: "input" },
      ignored: { layer: fc(4), from: "hidden" },
      sum: {
        layer: junctionOfFunction(([, h, x]) => tf.add(h!, x!), ([outputShape]) => ({
          outputShape: outputShape!,
          parameters: { unused: { shape: [2], initial: () => 1 } },
        })),
        from: ["ignored", "hidden", "input"],
      },
      logits: { layer: fc(4), from: "sum" },
    }, "logits"),
    logits: (w, x) =>
      linear(w, "logits", linear(w, "hidden.fc", x).map((h, i) => rectified(h) + at(x, i))),
  },
};

/** W x + b. */
function linear(weights: Weights64, name: string, x: ArrayLike<number>): Float64Array {
  const [weight, bias] = [weights[`${name}.weight`]!.data, weights[`${name}.bias`]!.data];
  return Float64Array.from(bias, (offset, o) => {
    const row = Array.from(x, (value, i) => at(weight, o * x.length + i) * value);
    return row.reduce((sum, product) => sum + product, offset);
  });
}

function rectified(x: number): number {
  return Math.max(x, 0);
}

for (const [name, { inputShape, layers, logits }] of Object.entries(twins)) {
  Deno.test(`one Deep Defense step on a graph, ${name}: the gradient is that of central differences in float64`, async () => {
    const engine = await sharedEngine(1);
    const network = defineNetwork({ name, inputShape, layers });
    const weights = smallWeights(network, "step");
    const length = inputShape.reduce((product, extent) => product * extent);
    const images = Float32Array.from({ length: batch * length }, normal(random("graph", name)));
    const labels = Uint16Array.from({ length: batch }, (_, i) => i % 4);
    const options = { lambda: 15, c: 4, d: 0.5, iterations: 3, overshoot: 0.02 };

    const { gradients, regularizer } = await step(engine, network, deepDefense(options), {
      images,
      labels,
    });
    const plain = await step(engine, network, clean(), { images, labels });

    const rows = Array.from(labels, (_, i) => images.subarray(i * length, (i + 1) * length));
    const samples = choicesOf64(logits, weights, rows, labels, options);
    assert.ok(samples.some(({ correct }) => correct) && samples.some(({ correct }) => !correct));
    assert.ok(samples.some(({ choices }) => choices.length > 1), "steps after a step");
    const value = (weights: Weights64) => regularizerOf64(logits, weights, rows, samples, options);
    const twin = value(weights);
    assert.ok(Math.abs(regularizer - twin) < 1e-5 * twin, `${regularizer} is not ${twin}`);
    const expected = Object.entries(derivatives64(value, weights));
    const error = relativeError(
      difference(gradients, plain.gradients),
      Object.fromEntries(expected.map(([key, { data }]) => [key, data])),
    );
    assert.ok(error < 1e-4, `relative error ${error}`);
  });
}
