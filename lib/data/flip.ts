/**
 * Flips images left to right, in place.
 *
 * @param images [..., width].
 * @param width The numbers in a row of pixels.
 */
export function flip(images: Float32Array, width: number): void {
  for (let at = 0; at < images.length; at += width) images.subarray(at, at + width).reverse();
}
