import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { prelu } from "../../lib/layers/activations/prelu.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { tanh } from "../../lib/layers/activations/tanh.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { addConstant } from "../../lib/layers/constants/add_constant.ts";
import { graph, type LayerNode } from "../../lib/layers/graph.ts";
import { add } from "../../lib/layers/junctions/add.ts";
import { concat } from "../../lib/layers/junctions/concat.ts";
import { mul } from "../../lib/layers/junctions/mul.ts";
import { sub } from "../../lib/layers/junctions/sub.ts";
import type { Layer } from "../../lib/layers/layer.ts";
import { maxPool } from "../../lib/layers/max_pool.ts";
import { residual } from "../../lib/layers/residual.ts";
import { serial } from "../../lib/layers/serial.ts";
import { createEngines, evaluate, numbers } from "../engine/engines.ts";
import { checkLayer, type Example } from "./check_layer.ts";

const deviation = 0.5;
const fc = (outputs: number) => dense(outputs, { deviation });
const conv = (channels: number) => conv2d(channels, 3, { pad: 1, deviation });

const diamond: Readonly<Record<string, LayerNode>> = {
  first: { layer: fc(4), from: "input" },
  left: { layer: tanh(), from: "first" },
  right: { layer: fc(4), from: "first" },
  sum: { layer: add(), from: ["left", "right"] },
};

/** Two convolutions beside a pool, as in Inception, and a shortcut around all. */
const inception = graph({
  narrow: { layer: conv(1), from: "input" },
  wide: {
    layer: serial({ conv: conv2d(2, 5, { pad: 2, deviation }), relu: relu() }),
    from: "input",
  },
  pool: { layer: maxPool(3, { stride: 1, pad: 1 }), from: "input" },
  all: { layer: concat(), from: ["narrow", "wide", "pool"] },
  project: { layer: conv(2), from: "all" },
  sum: { layer: add(), from: ["project", "input"] },
}, "sum");

const examples: Readonly<Record<string, Example>> = {
  "a diamond": { layer: graph(diamond, "sum"), inputShape: [5] },
  "a diamond whose nodes are given in another order": {
    layer: graph(Object.fromEntries(Object.entries(diamond).toReversed()), "sum"),
    inputShape: [5],
  },
  "a value that one node reads twice": {
    layer: graph({
      fc: { layer: fc(4), from: "input" },
      square: { layer: mul(), from: ["fc", "fc"] },
    }, "square"),
    inputShape: [3],
  },
  "a value that four nodes read": {
    layer: graph({
      fc: { layer: fc(4), from: "input" },
      tanh: { layer: tanh(), from: "fc" },
      relu: { layer: relu(), from: "fc" },
      difference: { layer: sub(), from: ["tanh", "fc"] },
      gate: { layer: mul(), from: ["difference", "relu"] },
      sum: { layer: add(), from: ["gate", "fc", "tanh"] },
    }, "sum"),
    inputShape: [3],
  },
  "the input read by nodes early and late": {
    layer: graph({
      fc: { layer: fc(3), from: "input" },
      gate: { layer: mul(), from: ["fc", "input"] },
      sum: { layer: add(), from: ["gate", "input"] },
    }, "sum"),
    inputShape: [3],
  },
  "Inception's block": { layer: inception, inputShape: [2, 5, 4] },
  "graphs in a graph, with statistics and dropout": {
    layer: graph({
      block: { layer: inception, from: "input" },
      bn: { layer: batchNorm(), from: "block" },
      drop: { layer: dropout(0.5), from: "bn" },
      again: {
        layer: graph({
          bn: { layer: batchNorm(), from: "input" },
          drop: { layer: dropout(0.3), from: "bn" },
          difference: { layer: sub(), from: ["drop", "input"] },
        }, "difference"),
        from: "drop",
      },
      both: { layer: concat({ axis: 3 }), from: ["again", "drop"] },
      flat: { layer: flatten(), from: "both" },
      fc: { layer: fc(3), from: "flat" },
    }, "fc"),
    inputShape: [2, 3, 4],
  },
  "no nodes: the identity": { layer: graph({}, "input"), inputShape: [2, 3] },
  "a residual layer with a learned activation": {
    layer: residual(serial({ conv: conv(2) }), { activation: prelu() }),
    inputShape: [2, 3, 3],
  },
};

for (const [name, example] of Object.entries(examples)) checkLayer(`graph, ${name}`, example);

/** What a layer's parameters and masks are called. */
function namesOf(layer: Layer, inputShape: readonly number[]): string[] {
  const { parameters = {}, masks = {} } = layer.describe(inputShape);
  return [...Object.keys(parameters), ...Object.keys(masks)];
}

Deno.test("a graph names parameters, masks and statistics after its nodes, in the order given", async () => {
  const { layer, inputShape } = examples["graphs in a graph, with statistics and dropout"]!;
  const names = [
    ...["narrow", "wide.conv", "project"].flatMap((one) => [
      `block.${one}.weight`,
      `block.${one}.bias`,
    ]),
    ...["bn", "again.bn"].flatMap((one) =>
      ["weight", "bias", "running_mean", "running_var"].map((name) => `${one}.${name}`)
    ),
    ...["fc.weight", "fc.bias"],
  ];
  assert.deepEqual(namesOf(layer, inputShape), [...names, "drop.mask", "again.drop.mask"]);

  const { parameters = {} } = layer.describe(inputShape);
  await using engines = await createEngines();
  const shapes = Object.values(parameters).map(({ shape }) => shape);
  let statistics: string[] = [];
  await evaluate(
    engines.cpu,
    (x, ...tensors) => {
      const weights = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const { output, trace } = layer.forward(weights, x!);
      statistics = Object.keys(layer.statistics!(weights, trace));
      return output;
    },
    [[1, ...inputShape], ...shapes],
    [[1, ...inputShape], ...shapes].map((shape) => numbers(shape, "x")),
  );
  assert.deepEqual(statistics, Object.keys(parameters).filter((name) => parameters[name]!.buffer));
});

/** Runs graphs of the same layers on the same parameters, whatever they call them. */
async function outputsOf(layers: readonly Layer[], inputShape: readonly number[]) {
  await using engines = await createEngines();
  return await Promise.all(layers.map(async (layer) => {
    const { parameters = {} } = layer.describe(inputShape);
    const shapes = [[2, ...inputShape], ...Object.values(parameters).map(({ shape }) => shape)];
    const { arrays } = await evaluate(
      engines.tested,
      (x, ...tensors) => {
        const weights = Object.keys(parameters).map((name, i) => [name, tensors[i]!] as const);
        return layer.forward(Object.fromEntries(weights), x!).output;
      },
      shapes,
      shapes.map((shape, i) => numbers(shape, `${i}`)),
    );
    return arrays[0]!;
  }));
}

Deno.test("parameters may have any names, and a layer is given only its own", async () => {
  const chain = (names: Readonly<Record<string, string>>) =>
    graph({
      conv: {
        layer: conv2d(2, 1, { bias: false, deviation }),
        from: "input",
        names: (own) => names[`conv.${own}`] ?? `conv.${own}`,
      },
      flat: { layer: flatten(), from: "conv" },
      fc: { layer: fc(3), from: "flat", names: (own) => names[own] ?? own },
    }, "fc");
  // The dense layer's bias has the name that one of the convolution, which has none, would have.
  const mapped = chain({ "conv.weight": "onnx::Conv_259", bias: "conv.bias" });
  assert.deepEqual(namesOf(mapped, [1, 2, 2]), ["onnx::Conv_259", "weight", "conv.bias"]);
  const [expected, actual] = await outputsOf([chain({}), mapped], [1, 2, 2]);
  assert.deepEqual(actual, expected);
});

Deno.test("layers may be called what functions call their own inputs, or what graphs do", async () => {
  const chain = ([first, second, third]: [string, string, string]) =>
    serial({ [first]: fc(4), [second]: tanh(), [third]: fc(3) });
  const [expected, ...others] = await outputsOf([
    chain(["fc1", "tanh", "fc2"]),
    chain(["input", "x", "target"]),
    chain(["output", "sum", "mask"]),
    chain(["constructor", "toString", "hasOwnProperty"]),
  ], [5]);
  for (const actual of others) assert.deepEqual(actual, expected);
});

const loop: Readonly<Record<string, LayerNode>> = {
  a: { layer: add(), from: ["input", "c"] },
  b: { layer: relu(), from: "a" },
  c: { layer: relu(), from: "b" },
  out: { layer: relu(), from: "c" },
};

/** Describes a graph of one node, whose source may be of the wrong kind. */
function describedFrom(layer: unknown, from: string | readonly string[]) {
  return graph({ a: { layer, from } as LayerNode }, "a").describe([4]);
}

/** Graphs that cannot be, and what they say. */
const errors: Readonly<Record<string, [() => unknown, RegExp]>> = {
  "a cycle": [
    () => graph(loop, "out"),
    /building a graph: expected no cycles, got c -> a -> b -> c$/,
  ],
  "a node that reads itself": [
    () => graph({ a: { layer: add(), from: ["input", "a"] } }, "a"),
    /no cycles, got a -> a$/,
  ],
  "a source that there is not": [
    () => graph({ a: { layer: relu(), from: "b" } }, "a"),
    /expected "a" to read one of input, a, got "b"$/,
  ],
  "a source called like an object's own": [
    () => graph({ a: { layer: relu(), from: "constructor" } }, "a"),
    /got "constructor"$/,
  ],
  "an output that there is not": [
    () => graph({ a: { layer: relu(), from: "input" } }, "b"),
    /expected its output to be one of input, a, got "b"$/,
  ],
  "a node that leads nowhere": [
    () =>
      graph({
        a: { layer: relu(), from: "input" },
        b: { layer: relu(), from: "a" },
        c: { layer: relu(), from: "b" },
      }, "a"),
    /every node to lead to the output "a", got b, c besides$/,
  ],
  "a node called as the input is": [
    () => graph({ input: { layer: relu(), from: "input" } }, "input"),
    /no node called "input", as the graph's input is, got input$/,
  ],
  "a junction that reads nothing": [
    () => graph({ a: { layer: add(), from: [] } }, "a"),
    /expected "a" to read an input, got none$/,
  ],
  "a layer without its call, in a chain": [
    () => serial({ fc: fc(3), relu: relu as unknown as Layer }),
    /building a graph: expected relu to be a layer, got a function, which must be called$/,
  ],
  "no layer": [
    () => residual(undefined as unknown as Layer),
    /expected branch to be a layer, got undefined$/,
  ],
  "a layer where a node is due": [
    () => graph({ a: relu() as unknown as LayerNode }, "a"),
    /expected a to be a layer, got undefined$/,
  ],
  "a source that is not named": [
    () => graph({ a: { layer: relu(), from: 3 as unknown as string } }, "a"),
    /a graph's node a: expected from a name or a list of names, got 3$/,
  ],
  "a node without a source": [
    () => graph({ a: { layer: relu() } as unknown as LayerNode }, "a"),
    /expected from a name or a list of names, got undefined$/,
  ],
  "names that are no function": [
    () => graph({ a: { layer: fc(3), from: "input", names: "w" as unknown as () => string } }, "a"),
    /a graph's node a: expected names a function, got "w"$/,
  ],
  "a junction that reads one value": [
    () => describedFrom(add(), "input"),
    /expected a to be a layer, since it reads one value and no list, got one with the error /,
  ],
  "an activation that reads a list": [
    () => describedFrom(relu(), ["input"]),
    /expected a to be a junction, since it reads a list of values, got one with the shape \[\[4\]\]$/,
  ],
  "a dense layer that reads a list": [
    () => describedFrom(fc(3), ["input"]),
    /expected a to be a junction, .* got one with the shape \[3,\[4\]\]$/,
  ],
  "two parameters of one name": [
    () =>
      graph({
        a: { layer: serial({ b: fc(3) }), from: "input" },
        "a.b": { layer: fc(3), from: "a" },
      }, "a.b").describe([3]),
    /parameters and masks of different names, got two called a\.b\.weight$/,
  ],
  "two parameters of one layer, given one name": [
    () => graph({ a: { layer: fc(3), from: "input", names: () => "w" } }, "a").describe([3]),
    /got two called w$/,
  ],
  "a mask called like a parameter": [
    () =>
      graph({
        drop: { layer: dropout(0.5), from: "input", names: () => "fc.bias" },
        fc: { layer: fc(3), from: "drop" },
      }, "fc").describe([3]),
    /got two called fc\.bias$/,
  ],
  "a branch that has a parameter of the shortcut's name": [
    () => residual(serial({ downsample: fc(3) }), { shortcut: fc(3) }).describe([3]),
    /got two called downsample\.weight$/,
  ],
  "a branch and a shortcut of two shapes": [
    () => residual(serial({ conv: conv(3) })).describe([2, 4, 4]),
    /building a sum: .* of one shape, .*got \[3,4,4\], \[2,4,4\]$/,
  ],
  "a layer that gives more numbers than fit": [
    () => serial({ wide: conv2d(4, 3, { pad: 1e6 }) }).describe([1, 28, 28]),
    /expected wide to give at most 268435456 numbers for one sample, got the shape \[4,2000026,2000026\]$/,
  ],
};

for (const [name, [build, message]] of Object.entries(errors)) {
  Deno.test(`a graph is refused in one line: ${name}`, () => {
    assert.throws(build, (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a parameter that two nodes share is one: trained if it is for either, of one shape", () => {
  const shared = (shape: number[], trained: boolean) => ({
    layer: addConstant(shape, { trained }),
    names: () => "shift",
    shared: true,
  });
  const twice = (second: number[]) =>
    graph({
      first: { ...shared([1, 1, 1], false), from: "input" },
      second: { ...shared(second, true), from: "first" },
    }, "second");
  const { parameters } = twice([1, 1, 1]).describe([2, 3, 4]);
  assert.deepEqual(Object.keys(parameters!), ["shift"]);
  assert.equal(parameters!.shift!.buffer, false);
  assert.throws(
    () => twice([2, 1, 1]).describe([2, 3, 4]),
    /expected shift to have one shape for all that use it, got \[1,1,1\] and \[2,1,1\]$/,
  );
});
