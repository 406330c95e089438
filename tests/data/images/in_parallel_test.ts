import assert from "node:assert/strict";
import { inParallel } from "../../../lib/data/images/in_parallel.ts";

const moment = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("inParallel: does every task once, never more than the limit at a time", async () => {
  for (const [count, limit, most] of [[10, 3, 3], [2, 5, 2], [4, 1, 1], [0, 2, 0]] as const) {
    const done: number[] = [];
    let [now, peak] = [0, 0];
    await inParallel(count, limit, async (index) => {
      peak = Math.max(peak, ++now);
      await moment();
      now--;
      done.push(index);
    });
    assert.deepEqual(done.sort(), Array.from({ length: count }, (_, i) => i));
    assert.equal(peak, most);
  }
});

Deno.test("inParallel: after a failure begins nothing more, and ends when all that was begun has ended", async () => {
  const begun: number[] = [];
  let ended = 0;
  const tasks = inParallel(10, 2, async (index) => {
    begun.push(index);
    await moment();
    if (index === 2) throw new Error(`task ${index}`);
    await moment();
    ended++;
  });
  await assert.rejects(tasks, { message: "task 2" });
  assert.ok(begun.length <= 4, `${begun}`);
  assert.equal(ended, begun.length - 1);
});
