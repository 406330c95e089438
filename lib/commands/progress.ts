import type { TimeLeft } from "../experiments/time_left.ts";

/** How far some work is. */
export interface Shown {
  /** What is done. */
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** More to say. */
  readonly note?: string;
  /** What other work waits behind this, given how many seconds this takes in all. */
  readonly behind?: (seconds: number) => TimeLeft;
}

/** Where progress is shown. */
export interface ProgressOutput {
  /** Whether a line can be rewritten in place. */
  readonly terminal: boolean;
  /** How many characters a line of the terminal has. */
  readonly columns: () => number;
  readonly write: (text: string) => void;
  /** Milliseconds, as a clock gives them. */
  readonly now: () => number;
}

interface Phase {
  readonly name: string;
  readonly begun: number;
  readonly from: number;
}

/** A view of progress. */
export interface ProgressView {
  readonly show: (progress: Shown) => void;
  /** Called when nothing more is shown. */
  readonly end: () => void;
}

/** Shows how far work is on the standard error stream. */
export function progressOnStderr(): ProgressView {
  return progressView({
    terminal: Deno.stderr.isTerminal(),
    columns: () => Deno.consoleSize().columns,
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now: () => performance.now(),
  });
}

/** Shows how far work is: one line that is rewritten on a terminal, a line now and then elsewhere. */
export function progressView({ terminal, columns, write, now }: ProgressOutput): ProgressView {
  let phase: Phase = { name: "", begun: 0, from: 0 };
  let shownAt = -Infinity;
  const every = terminal ? 100 : 10_000;
  return {
    show(progress) {
      const { name } = progress;
      if (name !== phase.name) {
        if (terminal && phase.name) write("\n");
        phase = { name, begun: now(), from: progress.done };
        shownAt = -Infinity;
      }
      if (now() - shownAt < every && progress.done < progress.total) return;
      shownAt = now();
      const text = line(progress, phase, now());
      write(terminal ? `\r\x1b[2K${shortened(text, columns())}` : `${text}\n`);
    },
    end() {
      if (terminal && phase.name) write("\n");
    },
  };
}

function line(progress: Shown, { name, begun, from }: Phase, now: number): string {
  const { done, total, note, behind } = progress;
  const rate = (done - from) / ((now - begun) / 1000);
  const known = rate > 0 && Number.isFinite(rate);
  const own = known ? (total - done) / rate : 0;
  const left = known && done < total ? `, ${time(own)} left` : "";
  const speed = known ? `, ${rate < 10 ? rate.toPrecision(2) : rate.toFixed(0)}/s` : "";
  const whole = known && behind ? all(own, behind(total / rate)) : "";
  return `${whole}${name} ${done}/${total} (${Math.floor(100 * done / total)}%)${speed}${left}${
    note ? `, ${note}` : ""
  }`;
}

/** `[12 more jobs, about 1 h 5 min in all] `; nothing for the last job. */
function all(own: number, { jobs, seconds }: TimeLeft): string {
  if (jobs === 0) return "";
  return `[${jobs} more job${jobs === 1 ? "" : "s"}, about ${time(own + seconds)} in all] `;
}

/** A line that fits, so that it can be rewritten. */
function shortened(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

/** Seconds as hours, minutes and seconds, the two largest. */
function time(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 1) return `${whole} s`;
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
