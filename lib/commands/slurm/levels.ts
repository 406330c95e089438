/** What is run once, and what has to have ended before. */
export interface Needing {
  readonly id: string;
  /** The ids of others; those that are not among the items have ended already. */
  readonly needs: readonly string[];
}

/**
 * Groups items into levels: an item's level is the first one after those of all that it needs.
 *
 * @param items Each item after those that it needs.
 */
export function levelsOf<T extends Needing>(items: readonly T[]): T[][] {
  const levels: T[][] = [];
  const levelOf = new Map<string, number>();
  for (const item of items) {
    const level = 1 + Math.max(-1, ...item.needs.map((need) => levelOf.get(need) ?? -1));
    levelOf.set(item.id, level);
    (levels[level] ??= []).push(item);
  }
  return levels;
}
