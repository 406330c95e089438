import type { FileTensor } from "./tensor_of.ts";
import { known, type Value } from "./values.ts";

/** A tensor of the file as a value: whole numbers are known; others are parameters of the layer that uses them. */
export function valueOf({ name, dataType, type, shape, numbers }: FileTensor): Value {
  if (!type.float) return { ...known(Array.from(numbers), shape), isOfFile: true };
  const data = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  return { kind: "stored", name, shape, data, dataType };
}
