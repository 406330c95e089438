/** How far some work is. */
export interface Shown {
  /** What is done. */
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** More to say. */
  readonly note?: string;
}

/** Where progress is shown. */
export interface ProgressOutput {
  /** Whether a line can be rewritten in place. */
  readonly terminal: boolean;
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
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now: () => performance.now(),
  });
}

/** Shows how far work is: one line that is rewritten on a terminal, a line now and then elsewhere. */
export function progressView({ terminal, write, now }: ProgressOutput): ProgressView {
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
      write(
        terminal ? `\r\x1b[2K${line(progress, phase, now())}` : `${line(progress, phase, now())}\n`,
      );
    },
    end() {
      if (terminal && phase.name) write("\n");
    },
  };
}

function line({ done, total, note }: Shown, { name, begun, from }: Phase, now: number): string {
  const rate = (done - from) / ((now - begun) / 1000);
  const left = rate > 0 && done < total ? `, ${time((total - done) / rate)} left` : "";
  const speed = rate > 0 && Number.isFinite(rate)
    ? `, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s`
    : "";
  return `${name} ${done}/${total} (${Math.floor(100 * done / total)}%)${speed}${left}${
    note ? `, ${note}` : ""
  }`;
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
