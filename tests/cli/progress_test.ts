import assert from "node:assert/strict";
import { progressView } from "../../lib/progress.ts";

/** What is written of a second step of a hundred that comes so many seconds after the first. */
function written(seconds: number, terminal = false): string {
  let [text, now] = ["", 0];
  const view = progressView({ terminal, write: (more) => text += more, now: () => now });
  view.show({ name: "training", done: 0, total: 100 });
  now = 1000 * seconds;
  view.show({ name: "training", done: 1, total: 100, note: "loss 0.5" });
  return text;
}

for (
  const [seconds, left] of [
    [10.1, "16 min 40 s"],
    [0.2, "20 s"],
    [20, "33 min 0 s"],
    [400, "11 h 0 min"],
  ] as const
) {
  Deno.test(`at ${seconds} s a step, 99 steps are told to take ${left}`, () => {
    const lines = written(seconds, seconds < 10).split(/\n|\r/);
    assert.match(
      lines.at(-1) || lines.at(-2)!,
      new RegExp(`training 1/100 .*, ${left} left, loss`),
    );
  });
}

Deno.test("what is no terminal gets whole lines, and no more than one in ten seconds", () => {
  assert.equal(written(1), "training 0/100 (0%)\n");
  assert.equal(written(11).split("\n").length, 3);
});
