/** Whether all numbers are finite, which holds if their sum is. Four sums, since each addition waits for the one before. */
export function allFinite(numbers: Float32Array): boolean {
  const even = numbers.length - numbers.length % 4;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < even; i += 4) {
    a += numbers[i]!;
    b += numbers[i + 1]!;
    c += numbers[i + 2]!;
    d += numbers[i + 3]!;
  }
  for (let i = even; i < numbers.length; i++) a += numbers[i]!;
  return Number.isFinite(a + b + c + d);
}

/** The position of the first number that is not finite; -1 where all are. */
export function firstNotFinite(numbers: Float32Array): number {
  return allFinite(numbers) ? -1 : numbers.findIndex((number) => !Number.isFinite(number));
}
