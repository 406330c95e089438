import assert from "node:assert/strict";
import { onSignal } from "../../../lib/commands/shared/interruption.ts";

/** What comes of signals at these times, milliseconds. */
function at(...times: number[]): string[] {
  const done: string[] = [];
  let time = 0;
  const listener = onSignal(() => done.push("stop"), () => done.push("end"), () => time);
  for (time of times) listener();
  return done;
}

Deno.test("the first signal stops the work; one a second later or more ends the process", () => {
  assert.deepEqual(at(5000), ["stop"]);
  assert.deepEqual(at(5000, 6000), ["stop", "end"]);
  assert.deepEqual(at(5000, 60_000), ["stop", "end"]);
});

Deno.test("one Ctrl-C that is delivered twice or more counts once", () => {
  assert.deepEqual(at(5000, 5000), ["stop"]);
  assert.deepEqual(at(5000, 5001, 5400, 5999), ["stop"]);
  assert.deepEqual(at(5000, 5003, 7000), ["stop", "end"]);
});
