import { minIndex } from "d3-array";
import type { TimeLeft } from "../../jobs/time_left.ts";

/** The progress of some work. */
export interface Shown {
  /** What is done. */
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** Further information, parts separated by commas. */
  readonly note?: string;
  /** Estimates the other work after this, given how many seconds this takes in all; undefined where nothing is known of it. */
  readonly after?: (seconds: number) => TimeLeft | undefined;
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
  /** The time of day, for logs. */
  readonly date: () => Date;
}

/** A view of progress. */
export interface ProgressView {
  /** Shows progress in place of what was shown before. */
  readonly show: (progress: Shown) => void;
  /** Writes a line that stays. */
  readonly tell: (text: string) => void;
  /** Called when nothing more is shown. */
  readonly end: () => void;
}

/** Shows progress on the standard error stream. */
export function progressOnStderr(): ProgressView {
  return progressView({
    terminal: Deno.stderr.isTerminal(),
    columns: () => Deno.consoleSize().columns,
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now: () => performance.now(),
    date: () => new Date(),
  });
}

/** The work in progress, since when and from where. */
interface Phase {
  readonly name: string;
  readonly begun: number;
  readonly from: number;
}

/** Milliseconds between two updates: of a terminal's live line, and of a log. */
const pauses = { terminal: 100, log: 10_000 };

/**
 * Shows progress: on a terminal one live line, which is rewritten in place; in a log one line after every ten seconds
 * of work. Lines of a log begin with the time.
 */
export function progressView(output: ProgressOutput): ProgressView {
  const { terminal, columns, write, now, date } = output;
  const clear = "\r\x1b[2K";
  const stamp = () => `${date().toISOString().slice(0, 19)}Z`;
  let phase: Phase = { name: "", begun: 0, from: 0 };
  let shownAt = -Infinity;
  return {
    show(progress) {
      const { name, done, total } = progress;
      if (name !== phase.name) {
        phase = { name, begun: now(), from: done };
        shownAt = terminal ? -Infinity : now();
      }
      const isLast = terminal && done >= total;
      if (now() - shownAt < (terminal ? pauses.terminal : pauses.log) && !isLast) return;
      shownAt = now();
      const line = lineOf(progress, phase, now());
      write(terminal ? clear + fitted(line, columns()) : `${stamp()} ${fitted(line)}\n`);
    },
    tell(text) {
      write(terminal ? `${clear}${text}\n` : `${stamp()} ${text}\n`);
    },
    end() {
      if (terminal && phase.name) write(clear);
      phase = { name: "", begun: 0, from: 0 };
    },
  };
}

/** A line in parts: the part that is always shown, and the rest with weights. */
interface Line {
  readonly head: string;
  readonly parts: readonly { readonly text: string; readonly weight: number }[];
}

/** Where a line is too short, the parts with the smallest weights are dropped first: the speed, then the note's parts from the first. */
const weights = { speed: 0, note: 1, own: 100, all: 101 };

function lineOf(
  { done, total, note, after }: Shown,
  { name, begun, from }: Phase,
  now: number,
): Line {
  const rate = (done - from) / ((now - begun) / 1000);
  const known = rate > 0 && Number.isFinite(rate);
  const own = known ? (total - done) / rate : 0;
  const others = known ? after?.(total / rate) : undefined;
  const speed = `${rate < 10 ? rate.toPrecision(2) : rate.toFixed(0)}/s`;
  return {
    head: `${name} ${Math.floor(100 * done / total)}%`,
    parts: [
      ...known ? [{ text: speed, weight: weights.speed }] : [],
      ...(note?.split(", ") ?? []).map((text, i) => ({ text, weight: weights.note + i })),
      ...known && done < total ? [{ text: `${time(own)} left`, weight: weights.own }] : [],
      ...others && others.jobs > 0
        ? [{ text: `${time(own + others.seconds)} for all jobs`, weight: weights.all }]
        : [],
    ],
  };
}

/** A line that fits the terminal, so that it can be rewritten: parts with small weights are left out. */
function fitted({ head, parts }: Line, columns = Infinity): string {
  const text = [head, ...parts.map((part) => part.text)].join(", ");
  if (text.length < columns) return text;
  if (parts.length === 0) return withoutMiddle(head, columns - 1);
  const least = minIndex(parts, ({ weight }: Line["parts"][number]) => weight);
  return fitted({ head, parts: parts.filter((_, i) => i !== least) }, columns);
}

/** The beginning and the end of a text that is too long. */
function withoutMiddle(text: string, length: number): string {
  const half = (length - 1) / 2;
  return `${text.slice(0, Math.ceil(half))}…${text.slice(text.length - Math.floor(half))}`;
}

/** Seconds as hours, minutes and seconds, the two largest units; below one second, with a decimal. */
export function time(seconds: number): string {
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 1) return `${whole} s`;
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
