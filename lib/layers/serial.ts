import { graph, type GraphTrace } from "./graph.ts";
import type { Layer } from "./layer.ts";

/**
 * Layers one after another: a {@link graph} without branches. The parameters of a layer called `conv1` are called
 * `conv1.weight` and so on.
 *
 * @param layers The layers by name, in order; without any, the identity.
 */
export function serial(layers: Readonly<Record<string, Layer>>): Layer<GraphTrace> {
  const input = ""; // Which no layer is called.
  const names = [input, ...Object.keys(layers)];
  const chain = Object.entries(layers).map(([name, layer], i) =>
    [name, { layer, from: names[i]! }] as const
  );
  return graph(Object.fromEntries(chain), names.at(-1)!, input);
}
