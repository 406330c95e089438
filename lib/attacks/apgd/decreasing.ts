/** The positions of numbers, from the largest number to the smallest; equal numbers keep their order. */
export function decreasing(numbers: Float32Array): number[] {
  return [...numbers.keys()].sort((a, b) => numbers[b]! - numbers[a]!);
}
