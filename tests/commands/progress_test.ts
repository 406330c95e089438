import assert from "node:assert/strict";
import { progressView, type Shown } from "../../lib/commands/progress.ts";

/** What is written of a second step of a hundred that comes so many seconds after the first. */
function written(
  seconds: number,
  { terminal = false, columns = 80, ...more }: Partial<Shown> & {
    terminal?: boolean;
    columns?: number;
  } = {},
): string {
  let [text, now] = ["", 0];
  const view = progressView({
    terminal,
    columns: () => columns,
    write: (written) => text += written,
    now: () => now,
  });
  view.show({ name: "training", done: 0, total: 100 });
  now = 1000 * seconds;
  view.show({ name: "training", done: 1, total: 100, note: "loss 0.5", ...more });
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
    const lines = written(seconds, { terminal: seconds < 10 }).split(/\n|\r/);
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

Deno.test("the time of the jobs that wait behind is told with this one's own", () => {
  const behind = (seconds: number) => ({ jobs: 3, seconds: 3 * seconds });
  assert.match(
    written(20, { behind }),
    /\n\[3 more jobs, about 2 h 13 min in all\] training 1\/100 .*, 33 min 0 s left, loss 0.5\n$/,
  );
  assert.match(written(20, { behind: () => ({ jobs: 0, seconds: 0 }) }), /\ntraining 1\/100/);
});

Deno.test("a terminal's line is cut where it would not fit, since only one that fits can be rewritten", () => {
  for (const columns of [20, 40]) {
    const text = written(1, { terminal: true, columns });
    assert.equal(text.split("\x1b[2K").at(-1)!.length, columns - 1);
    assert.ok(text.endsWith("…"));
  }
  assert.ok(written(1, { terminal: true }).endsWith("loss 0.5"));
});

for (const [seconds, rate] of [[0.005, "200/s"], [0.2, "5.0/s"], [40, "0.025/s"]] as const) {
  Deno.test(`a step in ${seconds} s is told as ${rate}`, () => {
    assert.ok(written(seconds, { total: 1 }).includes(`, ${rate}, loss 0.5`));
  });
}
