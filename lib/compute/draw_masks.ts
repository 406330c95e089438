import type { Arrays } from "../engine/executable.ts";
import { size } from "../engine/nd_array.ts";
import { random } from "../engine/random.ts";
import type { DropoutMask } from "../layers/layer.ts";
import type { RowMemory } from "./row_memory.ts";

/** Dropout's masks in a network, by name. */
export type Masks = Readonly<Record<string, DropoutMask>>;

/**
 * The dropout masks of one sample, by name: 0 with the mask's rate, else 1 / (1 - rate).
 *
 * @param key The key of the random numbers: the same key gives the same masks.
 */
export function drawMasks(
  masks: Masks,
  { take }: RowMemory,
  ...key: (number | string)[]
): Arrays {
  const entries = Object.entries(masks).map(([name, { shape, rate }]) => {
    const next = random("dropout", name, ...key);
    const mask = take(size(shape));
    for (let i = 0; i < mask.length; i++) mask[i] = next() < rate ? 0 : 1 / (1 - rate);
    return [name, mask] as const;
  });
  return Object.fromEntries(entries);
}
