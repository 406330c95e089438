/** The median of numbers that may be infinite, which d3-array's interpolation makes NaN; NaN of none. */
export function median(values: Float32Array): number {
  const sorted = values.toSorted();
  const [low = NaN, high = NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === high ? low : low + (high - low) / 2;
}
