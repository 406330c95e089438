import type { ShapedFunction } from "../engine/engine.ts";
import type { Arrays, Signature } from "../engine/executable.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Tensors } from "../layers/layer.ts";
import type { Network } from "./network.ts";

/** The settings of a network's function. */
export interface ChunkSettings {
  /** Samples per call. */
  readonly chunk: number;
  /** Whether the masks of dropout are inputs too, as in training. */
  readonly masked?: boolean;
}

/**
 * A function of a network's parameters and of other inputs. Parameters are inputs called `weight:NAME`, masks
 * `mask:NAME`, so that no name in a network can collide with another input's.
 *
 * @param inputs The shapes of the other inputs.
 * @param fn Called with the parameters and masks under the network's own names, and the other inputs.
 */
export function networkFunction(
  { parameters, masks }: Network,
  { chunk, masked = false }: ChunkSettings,
  inputs: Signature,
  fn: (weights: Tensors, inputs: Tensors) => Record<string, Tensor>,
): ShapedFunction {
  const shapes = Object.entries(masked ? masks : {})
    .map(([name, { shape }]) => [name, [chunk, ...shape]] as const);
  return {
    inputs: {
      ...prefixed("weight", parameters),
      ...inputs,
      ...prefixed("mask", Object.fromEntries(shapes)),
    },
    fn: (all) => fn({ ...unprefixed("weight", all), ...unprefixed("mask", all) }, all),
  };
}

/** Parameters as inputs of a {@link networkFunction}. */
export function weightInputs(weights: Arrays): Arrays {
  return prefixed("weight", weights);
}

/** Values by names with a prefix. */
export function prefixed<T>(
  prefix: string,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}:${name}`, value]),
  );
}

/** The values whose names have a prefix, by names without it. */
function unprefixed<T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> {
  const own = Object.entries(values).filter(([name]) => name.startsWith(`${prefix}:`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}
