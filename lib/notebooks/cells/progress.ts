import type { DefendProgress } from "../../defend/defend_options.ts";

/** Shows progress; it takes what the library's `onProgress` gives, of training and attacks or of `defend`. */
export interface ProgressLine {
  /** How much is done, and how much there is. */
  (done: number, total: number): void;
  /** The progress of `defend`. */
  (progress: DefendProgress): void;
}

/** Where a line is shown. */
export interface LineOutput {
  /** Shows a text in place of what was shown before. */
  readonly show: (text: string) => void;
  /** Milliseconds, as a clock gives them. */
  readonly now: () => number;
}

/** Milliseconds: after how many the line appears, and how many are between two updates. */
const pauses = { first: 500, next: 250 };

/**
 * A line under the cell that shows how far work is, for the option `onProgress`. It appears after half a second, is updated in place,
 * and is empty when all is done. Outside Jupyter nothing is shown.
 *
 * @param title What is being done.
 *
 * @example Train with a line under the cell.
 * ```ts
 * import * as dd from "deep-defense";
 * import * as notebook from "deep-defense/notebook";
 *
 * const engine = await notebook.createEngine({ workers: 1 });
 * const network = dd.defineNetwork({ name: "points", inputShape: [2], layers: dd.dense(2) });
 * const points = { images: new Float32Array(40), labels: new Uint16Array(20), count: 20 };
 * const weights = await dd.train(engine, network, points, {
 *   start: network.init("my seed"),
 *   epochs: 2,
 *   learningRates: [0.1, 0.01],
 *   onProgress: notebook.progress("training"),
 * });
 * await engine[Symbol.asyncDispose]();
 * ```
 */
export function progress(title: string): ProgressLine {
  return progressLine(title, { show: displayInPlace(), now: () => performance.now() });
}

/** {@link progress} on any output. */
export function progressLine(title: string, { show, now }: LineOutput): ProgressLine {
  const begun = now();
  let shownAt: number | undefined;
  let phase: Phase = { name: "", begun, from: 0 };
  return (given: number | DefendProgress, total: number = 0) => {
    const progress = typeof given === "number"
      ? { phase: "", done: given, total, note: "" }
      : given;
    if (progress.phase !== phase.name) {
      phase = { name: progress.phase, begun: now(), from: progress.done };
    }
    const isDone = progress.done >= progress.total;
    const isDue = shownAt === undefined
      ? !isDone && now() - begun >= pauses.first
      : isDone || now() - shownAt >= pauses.next;
    if (!isDue) return;
    shownAt = now();
    show(isDone ? "" : textOf(title, progress, phase, now()));
  };
}

/** A phase of the work, since when it is shown and from where. */
interface Phase {
  readonly name: string;
  readonly begun: number;
  readonly from: number;
}

function textOf(
  title: string,
  { done, total, note }: DefendProgress,
  { name, begun, from }: Phase,
  now: number,
): string {
  const left = (now - begun) / 1000 * (total - done) / (done - from);
  return [
    [title, name].filter(Boolean).join(", ") + ` ${Math.floor(100 * done / total)}%`,
    ...note ? [note] : [],
    ...Number.isFinite(left) ? [`${duration(left)} left`] : [],
  ].join(", ");
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Shows texts in one place of the running cell's output, one after another. */
function displayInPlace(): (text: string) => void {
  const transient = { display_id: crypto.randomUUID() };
  let last: Promise<unknown> | undefined;
  return (text) => {
    const { jupyter } = Deno as { readonly jupyter?: typeof Deno.jupyter };
    if (!jupyter) return;
    const type = last ? "update_display_data" : "display_data";
    const content = { data: { "text/plain": text }, metadata: {}, transient };
    last = (last ?? Promise.resolve()).then(() => jupyter.broadcast(type, content));
  };
}
