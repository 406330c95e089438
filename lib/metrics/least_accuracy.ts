/**
 * The accuracy below which a model and its data probably do not match: twice chance; with few classes, a fifth of the way from
 * chance to 1, which is lower.
 */
export function leastAccuracy(classes: number): number {
  const chance = 1 / classes;
  return Math.min(2 * chance, chance + (1 - chance) / 5);
}
