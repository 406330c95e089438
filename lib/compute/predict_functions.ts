import type { ShapedFunction } from "../engine/engine.ts";
import type { Network } from "../networks/network.ts";
import { type ChunkSettings, networkFunction } from "../networks/network_function.ts";

/** The logits, [chunk, classes]. Inputs: the parameters; x, [chunk, ...inputShape]. */
export function logitsOf(network: Network, settings: ChunkSettings): ShapedFunction {
  const inputs = { x: [settings.chunk, ...network.inputShape] };
  return networkFunction(network, settings, inputs, (weights, { x }) => ({
    logits: network.forward(weights, x!).output,
  }));
}
