/** `one seed`, `means over 3 seeds`. */
export function seedsOf(rows: readonly { readonly seed: number }[]): string {
  const count = new Set(rows.map(({ seed }) => seed)).size;
  return count === 1 ? "one seed" : `means over ${count} seeds`;
}
