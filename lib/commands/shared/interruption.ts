import type { Ranks } from "../../engine/threads.ts";

/** Stops a run that the user interrupts. */
export class Interrupted extends Error {}

/** For how many milliseconds the same Ctrl-C may arrive again: the terminal and `deno task` both deliver it. */
const echo = 1000;

/**
 * Handles signals: the first one stops the work; another one at least a second later ends the process at once.
 *
 * @param now Milliseconds, as a clock gives them.
 */
export function onSignal(
  stop: () => void,
  end: () => void,
  now: () => number = () => performance.now(),
): () => void {
  let stopped: number | undefined;
  return () => {
    if (stopped === undefined) {
      stopped = now();
      stop();
    } else if (now() - stopped >= echo) end();
  };
}

/** What a command does when it is interrupted. */
export interface InterruptionOptions {
  /** The ranks that compute for it: their calls end at once. None unless given. */
  readonly ranks?: Ranks | undefined;
  /** Called where work goes on for a moment, to the end of a step or a block: on one process. Nothing is unless given. */
  readonly onWait?: () => void;
}

/** A signal that aborts at Ctrl-C or SIGTERM; a second one ends the process, see {@link onSignal}. */
export function interruption(
  { ranks, onWait }: InterruptionOptions = {},
): { readonly signal: AbortSignal } & Disposable {
  const interrupt = new AbortController();
  ranks?.stopAt(interrupt.signal);
  if (!ranks && onWait) interrupt.signal.addEventListener("abort", onWait);
  const listener = onSignal(() => interrupt.abort(new Interrupted()), () => Deno.exit(130));
  const signals = Deno.build.os === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM"] as const;
  signals.forEach((signal) => Deno.addSignalListener(signal, listener));
  return {
    signal: interrupt.signal,
    [Symbol.dispose]: () =>
      signals.forEach((signal) => Deno.removeSignalListener(signal, listener)),
  };
}
