import assert from "node:assert/strict";
import { progressLine } from "../../../lib/notebooks/cells/progress.ts";

/** A line on a clock that the test moves, and all that it showed. */
function lineAt(title: string) {
  const shown: string[] = [];
  const clock = { now: 0 };
  const line = progressLine(title, { show: (text) => shown.push(text), now: () => clock.now });
  return { line, shown, at: (now: number) => clock.now = now };
}

Deno.test("a line appears after half a second, is updated four times a second, and is empty in the end", () => {
  const { line, shown, at } = lineAt("attacking");
  for (let done = 1; done <= 20; done++) {
    at(100 * done);
    line(done, 20);
  }
  assert.deepEqual(shown, [
    "attacking 25%, 2 s left",
    "attacking 40%, 2 s left",
    "attacking 55%, 1 s left",
    "attacking 70%, 1 s left",
    "attacking 85%, 1 s left",
    "",
  ]);
});

Deno.test("work of less than half a second shows nothing", () => {
  const { line, shown, at } = lineAt("attacking");
  at(400);
  line(1, 2);
  at(900);
  line(2, 2);
  assert.deepEqual(shown, []);
});

Deno.test("a line of several phases says which one, and counts the time of each", () => {
  const { line, shown, at } = lineAt("defending");
  at(1000);
  line({ phase: "measuring", done: 1, total: 100, note: "" });
  at(2000);
  line({ phase: "measuring", done: 11, total: 100, note: "" });
  at(3000);
  line({ phase: "training", done: 1, total: 4000, note: "epoch 1 of 5, loss 0.3" });
  at(4000);
  line({ phase: "training", done: 2, total: 4000, note: "epoch 1 of 5, loss 0.2" });
  assert.deepEqual(shown, [
    "defending, measuring 1%",
    "defending, measuring 11%, 9 s left",
    "defending, training 0%, epoch 1 of 5, loss 0.3",
    "defending, training 0%, epoch 1 of 5, loss 0.2, 67 min left",
  ]);
});
