import { setImmediate, setTimeout } from "node:timers/promises";
import type { Arrays, BySize, Executable, Executables, Routine } from "./executable.ts";

/** The option of whatever takes long. */
export interface StopOptions {
  /** Stops the work, between two calls of a compiled function; nothing does unless given. */
  readonly signal?: AbortSignal | undefined;
}

/** A number in memory that threads share: 1 once their work is not wanted any more. */
export type Stop = Int32Array<SharedArrayBuffer>;

/** A loaded routine that can be stopped, where it is given a stop. */
export type StoppableRoutine<Args, Result> = (
  args: Args,
  stop: Stop | undefined,
) => Promise<Result>;

/**
 * Sets a routine up so that a call ends with an error, before its next compiled function, once the call's stop is raised. A
 * routine's calls come one after another.
 *
 * @param rest Awaited before each function of a call that can be stopped.
 */
export function stoppable<Settings, Args, Result>(
  routine: Routine<Settings, Args, Result>,
  functions: Executables,
  settings: Settings,
  rest: () => Promise<void> | undefined = () => undefined,
): StoppableRoutine<Args, Result> {
  let current: Stop | undefined;
  const check = async () => {
    if (!current) return;
    await rest();
    if (Atomics.load(current, 0) === 1) throw new Error("running a program: stopped");
  };
  const run = routine(checkedAll(functions, check), settings);
  return (args, stop) => {
    current = stop;
    return run(args);
  };
}

/** Functions that check something before every call. */
function checkedAll(functions: Executables, check: () => Promise<void>): Executables {
  const bySize = (sizes: BySize<Executable>) =>
    Object.fromEntries(Object.entries(sizes).map(([size, fn]) => [size, checked(fn, check)]));
  return Object.fromEntries(
    Object.entries(functions).map(([name, sizes]) => [name, bySize(sizes)]),
  );
}

function checked(fn: Executable, check: () => Promise<void>): Executable {
  const run = async (inputs: Arrays, into?: Arrays) => {
    await check();
    return await fn(inputs, into);
  };
  return Object.assign(run, { inputs: fn.inputs });
}

/** How many milliseconds a thread computes before it rests. */
const shift = 100;

let resting: Promise<void> | undefined;
let restedAt = 0;

/**
 * The rest that this thread takes now and then, which all calls wait for; undefined where none is due. Deno looks for the
 * system's signals where it has nothing to do, and else seldom: without rests an interrupt waited for seconds.
 */
export function rest(): Promise<void> | undefined {
  if (!resting && performance.now() - restedAt >= shift) {
    resting = idle().finally(() => {
      resting = undefined;
      restedAt = performance.now();
    });
  }
  return resting;
}

/** Waits for what is already under way, and then does nothing for a moment. */
async function idle(): Promise<void> {
  await setImmediate();
  await setTimeout(1);
}

/**
 * Does work with a stop that a signal raises; without a stop where there is no signal.
 *
 * @throws {unknown} the signal's reason when it aborts before the work is done.
 */
export async function withStop<T>(
  signal: AbortSignal | undefined,
  work: (stop: Stop | undefined) => Promise<T>,
): Promise<T> {
  if (!signal) return await work(undefined);
  signal.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const raise = () => void Atomics.store(stop, 0, 1);
  signal.addEventListener("abort", raise);
  try {
    return await work(stop);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", raise);
  }
}

/** All results; where one fails, its error, after all have ended: the next call uses the same memory. */
export async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
