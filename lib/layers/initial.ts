import { type NDArray, size } from "../engine/nd_array.ts";

/** An array of normal numbers with mean 0 and the given standard deviation. */
export function normalArray(
  shape: readonly number[],
  deviation: number,
  normal: () => number,
): NDArray {
  return { shape, data: Float32Array.from({ length: size(shape) }, () => deviation * normal()) };
}

/** An array of one number repeated. */
export function constantArray(shape: readonly number[], value: number): NDArray {
  return { shape, data: new Float32Array(size(shape)).fill(value) };
}
