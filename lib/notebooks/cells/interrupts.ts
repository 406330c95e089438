/** The reason why work ends: the notebook's stop button. */
export class Interrupted extends Error {
  /** The error's name. */
  override name = "Interrupted";

  /** Says what is left. */
  constructor() {
    super("the stop button ended this cell; the kernel and its variables are still there");
    this.stack = `${this.name}: ${this.message}`; // the kernel shows the stack: one line
  }
}

/** Interrupts of a kernel, which cannot say which cell it runs. */
export interface Interrupts {
  /** The signal for work that begins now. */
  readonly signal: () => AbortSignal;
  /** Stops all work: the stop button was pressed. */
  readonly interrupt: () => void;
  /** Called when work has ended because of an interrupt. */
  readonly stopped: () => void;
}

/** For how many milliseconds an interrupt holds: until it has stopped some work, and then for work that begins beside it. */
export const holds = { waiting: 2000, stopped: 100 };

/**
 * Makes interrupts. One holds for a while, so that it also ends a cell that is between two calls of the library; then
 * the next cell's work begins with a new signal.
 *
 * @param onNothing Called when an interrupt found nothing to stop.
 */
export function createInterrupts(onNothing: () => void): Interrupts {
  let current = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = (milliseconds: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      current = new AbortController();
      then();
    }, milliseconds);
  };
  return {
    signal: () => current.signal,
    interrupt() {
      if (current.signal.aborted) return;
      current.abort(new Interrupted());
      release(holds.waiting, onNothing);
    },
    stopped() {
      if (current.signal.aborted) release(holds.stopped, () => {});
    },
  };
}
