import type { Arrays, BySize, Executable, Executables, Routine } from "./executable.ts";

/** The option of whatever takes long. */
export interface StopOptions {
  /** Stops the work, between two calls of a compiled function; nothing does unless given. */
  readonly signal?: AbortSignal | undefined;
}

/** A number in memory that threads share: 1 once their work is not wanted any more. */
export type Stop = Int32Array<SharedArrayBuffer>;

/** A loaded routine that can be stopped. */
export type StoppableRoutine<Args, Result> = (args: Args, stop: Stop) => Promise<Result>;

/**
 * Sets a routine up so that a call ends with an error, before its next compiled function, once the call's stop is raised. A
 * routine's calls come one after another.
 */
export function stoppable<Settings, Args, Result>(
  routine: Routine<Settings, Args, Result>,
  functions: Executables,
  settings: Settings,
): StoppableRoutine<Args, Result> {
  let current: Stop | undefined;
  const check = () => {
    if (current && Atomics.load(current, 0) === 1) throw new Error("running a program: stopped");
  };
  const run = routine(checkedAll(functions, check), settings);
  return (args, stop) => {
    current = stop;
    return run(args);
  };
}

/** Functions that check something before every call. */
function checkedAll(functions: Executables, check: () => void): Executables {
  const bySize = (sizes: BySize<Executable>) =>
    Object.fromEntries(Object.entries(sizes).map(([size, fn]) => [size, checked(fn, check)]));
  return Object.fromEntries(
    Object.entries(functions).map(([name, sizes]) => [name, bySize(sizes)]),
  );
}

function checked(fn: Executable, check: () => void): Executable {
  const run = async (inputs: Arrays, into?: Arrays) => {
    check();
    return await fn(inputs, into);
  };
  return Object.assign(run, { inputs: fn.inputs });
}

/**
 * Does work with a stop that a signal raises.
 *
 * @throws {unknown} the signal's reason when it aborts before the work is done.
 */
export async function withStop<T>(
  signal: AbortSignal | undefined,
  work: (stop: Stop) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const raise = () => void Atomics.store(stop, 0, 1);
  signal?.addEventListener("abort", raise);
  try {
    return await work(stop);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", raise);
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
