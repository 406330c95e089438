/**
 * Runs tasks 0 .. count - 1, several at a time. After a failure no other task is started; running ones are awaited.
 *
 * @param limit How many tasks run at a time.
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
