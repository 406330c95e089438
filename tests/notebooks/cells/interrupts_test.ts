import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Engine, Program } from "../../../lib/engine/engine.ts";
import { interruptible } from "../../../lib/notebooks/cells/engine.ts";
import { createInterrupts, holds, Interrupted } from "../../../lib/notebooks/cells/interrupts.ts";

/** An engine whose work ends only where a signal stops it. */
function endlessEngine(loading: Promise<void> = Promise.resolve()): Engine {
  const run = (_: readonly unknown[], signal?: AbortSignal) =>
    new Promise<never>((_, reject) => {
      if (signal!.aborted) reject(signal!.reason);
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
  return {
    backend: "onnx",
    device: "cpu",
    workers: 1,
    compile: () => Promise.reject(new Error("compiling")),
    load: () => loading.then(() => run),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const program: Program<object> = { functions: {}, module: "", export: "", settings: {} };

Deno.test("an interrupt ends what runs, what is being loaded and what begins next to it, then no more", async () => {
  const interrupts = createInterrupts(() => assert.fail("something was stopped"));
  const { promise: loaded, resolve } = Promise.withResolvers<void>();
  const engine = interruptible(endlessEngine(), interrupts);
  const slow = interruptible(endlessEngine(loaded), interrupts);
  const run = await engine.load({}, program);
  const running = assert.rejects(run([]), Interrupted);
  const loading = assert.rejects(slow.load({}, program), Interrupted);
  interrupts.interrupt();
  interrupts.interrupt();
  await running;
  resolve();
  await loading;
  await assert.rejects(run([]), Interrupted);
  await delay(holds.stopped + 50);
  assert.ok(!interrupts.signal().aborted);
  const own = new AbortController();
  const next = run([], own.signal);
  own.abort(new Error("its own signal"));
  await assert.rejects(next, /its own signal/);
});

Deno.test("an interrupted engine is the same engine otherwise", () => {
  const engine = endlessEngine();
  const { load: _, ...others } = interruptible(engine, createInterrupts(() => {}));
  const { load: _own, ...own } = engine;
  assert.deepEqual(others, own);
  assert.equal(others[Symbol.asyncDispose], own[Symbol.asyncDispose]);
});
