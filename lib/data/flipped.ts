/**
 * An image flipped left to right.
 *
 * @param image [..., width].
 * @param width The numbers in a row.
 * @returns A new array.
 */
export function flipped(image: Float32Array, width: number): Float32Array {
  const result = new Float32Array(image.length);
  for (let row = 0; row < image.length; row += width) {
    for (let i = 0; i < width; i++) result[row + i] = image[row + width - 1 - i]!;
  }
  return result;
}
