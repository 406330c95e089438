import { graph, type GraphTrace } from "./graph.ts";
import type { Layer } from "./layer.ts";
import { UserError } from "../engine/user_error.ts";

/**
 * Layers one after another: a {@link graph} without branches. The parameters of a layer called `conv1` are called
 * `conv1.weight` and so on.
 *
 * @param layers The layers by name, in order; without any, the identity. Where all names are whole numbers, as PyTorch's
 * Sequential has them, their order is numeric: JavaScript sorts such keys, and puts them before all others.
 * @throws {UserError} when only some names are whole numbers.
 *
 * @example A block of a convolutional network.
 * ```ts
 * import assert from "node:assert/strict";
 * import { conv2d, maxPool, relu, serial } from "deep-defense";
 *
 * const block = serial({ conv: conv2d(8, 3, { pad: 1 }), relu: relu(), pool: maxPool(2) });
 * const { outputShape, parameters } = block.describe([1, 28, 28]);
 * assert.deepEqual(outputShape, [8, 14, 14]);
 * assert.deepEqual(Object.keys(parameters!), ["conv.weight", "conv.bias"]);
 * ```
 */
export function serial(layers: Readonly<Record<string, Layer>>): Layer<GraphTrace> {
  checkNames(Object.keys(layers));
  const input = ""; // No layer has this name.
  const names = [input, ...Object.keys(layers)];
  const chain = Object.entries(layers).map(([name, layer], i) =>
    [name, { layer, from: names[i]! }] as const
  );
  return graph(Object.fromEntries(chain), names.at(-1)!, input);
}

function checkNames(names: readonly string[]): void {
  const numbers = names.filter((name) => /^(0|[1-9]\d*)$/.test(name));
  if (numbers.length === 0 || numbers.length === names.length) return;
  throw new UserError(
    `building a chain of layers: expected whole numbers for all names or for none, since JavaScript puts those first, got ${names}`,
  );
}
