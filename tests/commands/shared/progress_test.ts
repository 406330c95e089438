import assert from "node:assert/strict";
import { progressView, type Shown, time } from "../../../lib/commands/shared/progress.ts";

/** A view, what it has written and its clock. */
function viewed({ terminal = false, columns = 80 } = {}) {
  const state = { text: "", now: 0 };
  const view = progressView({
    terminal,
    columns: () => columns,
    write: (written) => state.text += written,
    now: () => state.now,
    date: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + state.now),
  });
  return { view, state };
}

/** What is written of a second step of a hundred that comes so many seconds after the first. */
function written(
  seconds: number,
  { terminal = false, columns = 80, ...more }: Partial<Shown> & {
    terminal?: boolean;
    columns?: number;
  } = {},
): string {
  const { view, state } = viewed({ terminal, columns });
  view.show({ name: "training", done: 0, total: 100 });
  state.now = 1000 * seconds;
  view.show({ name: "training", done: 1, total: 100, note: "loss 0.5", ...more });
  return state.text;
}

/** The line that a terminal shows at the end. */
const live = (text: string) => text.split("\x1b[2K").at(-1)!;

for (
  const [seconds, left] of [
    [10.1, "16 min 40 s"],
    [0.2, "20 s"],
    [20, "33 min 0 s"],
    [400, "11 h 0 min"],
  ] as const
) {
  Deno.test(`at ${seconds} s a step, 99 steps are told to take ${left}`, () => {
    const text = written(seconds, { terminal: true });
    assert.match(live(text), new RegExp(`^training 1%, [\\d.]+/s, loss 0\\.5, ${left} left$`));
  });
}

Deno.test("a log gets a line with the time after every ten seconds of work, and none sooner", () => {
  assert.equal(written(9.9), "");
  assert.equal(
    written(11),
    "2026-01-02T03:04:16Z training 1%, 0.091/s, loss 0.5, 18 min 9 s left\n",
  );
  const { view, state } = viewed();
  for (state.now = 0; state.now < 60_000; state.now += 1000) {
    view.show({ name: "training", done: state.now / 1000, total: 60 });
  }
  assert.equal(state.text.split("\n").length - 1, 5);
});

Deno.test("the time of all jobs is told with this one's own, but for the last job", () => {
  const after = (seconds: number) => ({ jobs: 3, seconds: 3 * seconds });
  const text = written(20, { after });
  assert.match(text, /, loss 0\.5, 33 min 0 s left, 2 h 13 min for all jobs\n$/);
  const last = written(20, { after: () => ({ jobs: 0, seconds: 0 }) });
  assert.match(last, /, loss 0\.5, 33 min 0 s left\n$/);
});

const long: Partial<Shown> & { terminal: true } = {
  terminal: true,
  name: "[3/14] lenet deep_defense seed 0, layer fc1: training",
  note: "epoch 1 of 5, loss 0.123, accuracy 98%",
  after: (seconds) => ({ jobs: 3, seconds: 3 * seconds }),
};
const [job, head] = ["[3/14] lenet deep_defense seed 0, layer fc1: training", "training 1%, "];

/** What a terminal of so many columns shows of a long line. */
function fitted(columns: number, name = job): string {
  const { view, state } = viewed({ terminal: true, columns });
  view.show({ ...long, name, done: 0, total: 100 });
  state.now = 20_000;
  view.show({ ...long, name, done: 1, total: 100 });
  return live(state.text);
}

Deno.test("a terminal's line always fits, and what it leaves out matters less than what it keeps", () => {
  for (let columns = 10; columns < 200; columns++) assert.ok(fitted(columns).length < columns);
  const [left, all] = ["33 min 0 s left", "2 h 13 min for all jobs"];
  assert.ok(
    fitted(160).endsWith(
      `${head}0.050/s, epoch 1 of 5, loss 0.123, accuracy 98%, ${left}, ${all}`,
    ),
  );
  assert.ok(fitted(120).endsWith(`${head}accuracy 98%, ${left}, ${all}`));
  assert.ok(fitted(100).endsWith(`${head}${left}, ${all}`));
  assert.ok(fitted(85).endsWith(`${head}${all}`));
  assert.equal(fitted(40), "[3/14] lenet deep_d…er fc1: training 1%");
});

Deno.test("a terminal has one live line, whatever is under way; lines that stay take its place", () => {
  const { view, state } = viewed({ terminal: true });
  view.show({ name: "training", done: 100, total: 100 });
  view.show({ name: "attacking", done: 50, total: 50 });
  view.tell("✓ done");
  view.end();
  assert.equal(
    state.text,
    ["training 100%", "attacking 100%", "✓ done\n", ""].map((line) => `\r\x1b[2K${line}`).join(""),
  );
});

Deno.test("lines of a log that stay begin with the time", () => {
  const { view, state } = viewed();
  view.tell("✓ done");
  view.end();
  assert.equal(state.text, "2026-01-02T03:04:05Z ✓ done\n");
});

for (const [seconds, rate] of [[0.005, "200/s"], [0.2, "5.0/s"], [40, "0.025/s"]] as const) {
  Deno.test(`a step in ${seconds} s is told as ${rate}`, () => {
    const text = written(seconds, { terminal: true, total: 1 });
    assert.ok(live(text).endsWith(`, ${rate}, loss 0.5`), live(text));
  });
}

for (
  const [seconds, text] of [
    [0.04, "0.0 s"],
    [0.3, "0.3 s"],
    [0.96, "1 s"],
    [59.4, "59 s"],
    [60, "1 min 0 s"],
    [3600, "1 h 0 min"],
  ] as const
) {
  Deno.test(`${seconds} seconds are ${text}`, () => assert.equal(time(seconds), text));
}
