import { type NDArray, size } from "../engine/nd_array.ts";
import type { Parameter } from "./layer.ts";

/**
 * Draws the initial values of parameters, in their order.
 *
 * @param normal A source of standard normal numbers.
 */
export function drawParameters(
  parameters: Readonly<Record<string, Parameter>>,
  normal: () => number,
): Record<string, NDArray> {
  const drawn = Object.entries(parameters).map(([name, { shape, initial }]) => {
    const data = new Float32Array(size(shape));
    for (let i = 0; i < data.length; i++) data[i] = initial(normal);
    return [name, { shape, data }] as const;
  });
  return Object.fromEntries(drawn);
}
