/** The position of the largest number; the first one where several are equal. */
export function argMax(numbers: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) {
    if (numbers[i]! > numbers[best]!) best = i;
  }
  return best;
}
