import type { Parameter } from "../layer.ts";
import type { ConstantOptions } from "./constant_options.ts";

/** The parameter of a layer that has a constant: `value`, a buffer unless it is trained. */
export function constantParameter(
  shape: readonly number[],
  { trained, initial }: Required<ConstantOptions>,
): Readonly<Record<"value", Parameter>> {
  return { value: { shape, initial: () => initial, buffer: !trained } };
}
