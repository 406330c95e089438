/**
 * Does tasks 0 .. count - 1, several at a time. After one has failed no other is begun; what has been begun is waited for.
 *
 * @param limit How many are under way at most.
 * @throws {unknown} what the first task that failed threw.
 */
export async function inParallel(
  count: number,
  limit: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const take = async () => {
    while (next < count && failures.length === 0) {
      await task(next++).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, take));
  if (failures.length > 0) throw failures[0];
}
