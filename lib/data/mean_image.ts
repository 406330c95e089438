/**
 * The mean over images, pixel by pixel, accumulated in float64.
 *
 * @param pixels The images, [count, ...], 0-255.
 * @param count How many there are, at least 1.
 * @returns One image.
 */
export function meanImage(pixels: ArrayLike<number>, count: number): Float64Array {
  const length = pixels.length / count;
  const sum = new Float64Array(length);
  for (let start = 0; start < pixels.length; start += length) {
    for (let i = 0; i < length; i++) sum[i]! += pixels[start + i]!;
  }
  return sum.map((total) => total / count);
}
