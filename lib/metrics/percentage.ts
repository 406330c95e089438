/** A fraction in [0, 1] as a percentage with two decimals: 0.9862 is `98.62%`. */
export function percentage(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}
