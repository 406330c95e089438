/** The places of numbers, the largest number's first; of equal numbers, the first place first. */
export function decreasing(numbers: Float32Array): number[] {
  return [...numbers.keys()].sort((a, b) => numbers[b]! - numbers[a]!);
}
