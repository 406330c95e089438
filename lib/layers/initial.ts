import { type NDArray, size } from "../engine/nd_array.ts";

/** An array of normal numbers with mean 0 and the given standard deviation. */
export function normalArray(
  shape: readonly number[],
  deviation: number,
  normal: () => number,
): NDArray {
  const data = new Float32Array(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = deviation * normal();
  return { shape, data };
}

/** An array of one number repeated. */
export function constantArray(shape: readonly number[], value: number): NDArray {
  return { shape, data: new Float32Array(size(shape)).fill(value) };
}
