/** Something to run, and what has to have ended before. */
export interface Item {
  readonly id: string;
  /** Ids; those that are not among the items have ended already. */
  readonly needs: readonly string[];
}

/**
 * Runs items side by side, each in a free slot once all that it needs have ended; of those that can begin, the first in order.
 *
 * @param slots How many run at the same time, at least 1.
 * @param run Runs an item in a slot, 0 to slots - 1.
 * @param stop Called at the first error: makes the items under way end.
 * @throws {unknown} the first error, once no item is under way.
 */
export async function runInSlots<T extends Item>(
  items: readonly T[],
  slots: number,
  run: (item: T, slot: number) => Promise<void>,
  stop: () => void,
): Promise<void> {
  const left = new Set(items.map(({ id }) => id));
  const waiting = [...items];
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const underWay = new Set<Promise<void>>();
  const canBegin = ({ needs }: T) => !needs.some((need) => left.has(need));
  const begin = (item: T, slot: number) => {
    const work = run(item, slot).then(() => {
      left.delete(item.id);
      underWay.delete(work);
      free.push(slot);
    });
    underWay.add(work);
  };
  const beginAll = () => {
    for (let next; free.length > 0 && (next = waiting.findIndex(canBegin)) >= 0;) {
      begin(waiting.splice(next, 1)[0]!, free.shift()!);
    }
  };
  try {
    for (beginAll(); underWay.size > 0; beginAll()) await Promise.race(underWay);
  } catch (error) {
    stop();
    await Promise.allSettled(underWay);
    throw error;
  }
}
