import type { Scale } from "../data/scale.ts";
import type { Layer } from "../layers/layer.ts";
import { graph, type LayerNode } from "../layers/graph.ts";
import { channelOrder } from "../layers/scales/channel_order.ts";
import { normalizeContrast } from "../layers/scales/normalize_contrast.ts";
import { standardize } from "../layers/scales/standardize.ts";
import { whiten } from "../layers/scales/whiten.ts";
import type { Model } from "./model.ts";
import { defineNetwork, type Network } from "./network.ts";
import type { Weights } from "./weights.ts";
import { withWeightsSummary } from "./weights_summary.ts";

/**
 * A model that takes pixels 0-255 in place of its own inputs: the scale is a layer in front of it. Balls and boxes of pixels are
 * then exact, and attacks, defenses and `export` work as on any other model. The scale's arrays are buffers among
 * the weights, called `scale.mean` and so on; the model's own parameters keep their names. The same network and scale give
 * the same network object, so that functions compiled for it are reused.
 *
 * @param scale How pixels become the model's inputs.
 * @throws {UserError} when the scale does not fit the model's inputs.
 *
 * @example A network that was trained on numbers from 0 to 1 takes pixels 0-255.
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineNetwork, dense, flatten, inPixels, serial, unitScale } from "deep-defense";
 *
 * const layers = serial({ flatten: flatten(), logits: dense(10) });
 * const network = defineNetwork({ name: "linear", inputShape: [1, 8, 8], layers });
 * const model = inPixels({ network, weights: network.init("my seed") }, unitScale);
 * assert.deepEqual(model.network.inputShape, [1, 8, 8]);
 * ```
 */
export function inPixels({ network, weights }: Model, scale: Scale): Model {
  const arrays = Object.entries(arraysOf(scale)).map(([name, array]) => [prefix + name, array]);
  return {
    network: networkInPixels(network, scale),
    weights: withWeightsSummary({ ...Object.fromEntries(arrays), ...weights }),
  };
}

/**
 * The model's own weights among those of a model in pixels.
 *
 * @param weights With or without the scale's arrays.
 * @param own The model's own network.
 */
export function withoutScale(weights: Weights, own: Network): Weights {
  const kept = Object.entries(weights).filter(([name]) =>
    !name.startsWith(prefix) || Object.hasOwn(own.parameters, name)
  );
  return withWeightsSummary(Object.fromEntries(kept));
}

/** The prefix of the names of the scale's arrays. */
const prefix = "scale.";

const known = new WeakMap<Network, WeakMap<Scale, Network>>();

function networkInPixels(network: Network, scale: Scale): Network {
  const scaled = known.get(network) ?? new WeakMap<Scale, Network>();
  known.set(network, scaled);
  const made = scaled.get(scale) ?? withScale(network, scale);
  scaled.set(scale, made);
  return made;
}

function withScale(network: Network, scale: Scale): Network {
  const { name, inputShape, layers } = network;
  const stages = Object.entries(stagesOf(scale));
  if (stages.length === 0) return network;
  const names = ["pixels", ...stages.map(([stage]) => stage)];
  const nodes = stages.map(([stage, layer], i): [string, LayerNode] => [
    stage,
    { layer, from: names[i]!, names: (own) => prefix + own },
  ]);
  const own: LayerNode = { layer: layers, from: names.at(-1)!, names: (own) => own };
  return defineNetwork({
    name,
    inputShape,
    layers: graph({ ...Object.fromEntries(nodes), network: own }, "network", "pixels"),
  });
}

/** The layers of a scale, in order. */
function stagesOf({ order, mean, deviation, contrast, whitening }: Scale): Record<string, Layer> {
  return {
    ...(order ? { order: channelOrder(order) } : {}),
    ...(mean || deviation ? { standardize: standardize({ mean, deviation }) } : {}),
    ...(contrast === undefined ? {} : { contrast: normalizeContrast(contrast) }),
    ...(whitening ? { whiten: whiten(whitening) } : {}),
  };
}

/** The arrays of a scale. */
function arraysOf({ mean, deviation, contrast, whitening }: Scale): Weights {
  return {
    ...(mean ? { mean } : {}),
    ...(deviation ? { deviation } : {}),
    ...(contrast === undefined
      ? {}
      : { contrast: { shape: [1], data: Float32Array.of(contrast) } }),
    ...(whitening ? { whitening } : {}),
  };
}
