import assert from "node:assert/strict";
import { runInSlots } from "../../../../lib/commands/reproduce/at_once/run_in_slots.ts";

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Runs items that need others, and tells what began and ended, in order. */
async function traceOf(needs: Record<string, string[]>, slots: number): Promise<string> {
  const items = Object.entries(needs).map(([id, needs]) => ({ id, needs }));
  const trace: string[] = [];
  await runInSlots(items, slots, async ({ id }, slot) => {
    trace.push(`${id}${slot}`);
    await tick();
    trace.push(id);
  }, () => {});
  return trace.join(" ");
}

Deno.test("with one slot items run one after another, in order", async () => {
  assert.equal(await traceOf({ a: [], b: [], c: ["a"] }, 1), "a0 a b0 b c0 c");
});

Deno.test("with two slots two run at a time, each after what it needs", async () => {
  assert.equal(
    await traceOf({ a: [], b: ["a"], c: ["a"], d: ["a"] }, 2),
    "a0 a b1 c0 b d1 c d",
  );
});

Deno.test("an item that waits does not keep the next ones from beginning", async () => {
  assert.equal(await traceOf({ a: [], b: ["a"], c: [] }, 2), "a0 c1 a b0 c b");
});

Deno.test("what is not among the items has ended already", async () => {
  assert.equal(await traceOf({ b: ["a"] }, 3), "b0 b");
});

Deno.test("the first error stops the others, begins no more, and is thrown when they have ended", async () => {
  const items = ["a", "b", "c"].map((id) => ({ id, needs: [] }));
  const trace: string[] = [];
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => stop = resolve);
  const run = async ({ id }: { id: string }) => {
    trace.push(id);
    if (id === "a") throw new Error("a fails");
    await stopped;
    await tick();
    trace.push(`${id} ended`);
    throw new Error("b was stopped");
  };
  await assert.rejects(runInSlots(items, 2, run, () => stop()), /a fails/);
  assert.deepEqual(trace, ["a", "b", "b ended"]);
});
