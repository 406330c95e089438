/** A dense row-major float32 array on the host. */
export interface NDArray {
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** The values, `size(shape)` of them. */
  readonly data: Float32Array;
}

/** The number of elements of an array of this shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
