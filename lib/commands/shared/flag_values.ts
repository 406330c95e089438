// Readers of flags' values, for all commands. All throw a UserError with the exit code 2.
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { mostWorkers } from "../../engine/threads.ts";
import { UserError } from "../../engine/user_error.ts";
import { closest } from "./cli_args.ts";

/** The one of the known words that a flag was given. */
export function one<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found) return found;
  const meant = closest(value, known);
  throw new UserError(
    `reading --${flag}: expected one of ${known.join(", ")}, got ${excerpt(value)}${
      meant ? `; did you mean ${meant}?` : ""
    }`,
    2,
  );
}

/** Known words separated by commas, each once; undefined where the flag was not given. */
export function many<T extends string>(
  flag: string,
  value: string | undefined,
  known: readonly T[],
): T[] | undefined {
  return value && [...new Set(value.split(","))].map((name) => one(flag, name, known)) || undefined;
}

/** A whole number of at least `least`, and at most `most`. */
export function whole(
  flag: string,
  text: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const limit = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  throw new UserError(
    `reading --${flag}: expected a whole number from ${least}${limit}, got ${excerpt(text)}`,
    2,
  );
}

/** The most epochs that a schedule can have: they are counted in 16 bits. */
export const mostEpochs = 65535;

/** The largest number of 32 bits. */
const largest = 3.4e38;

/** A real number of at least `least`, and at most `most`, in decimal digits. */
export function real(flag: string, text: string, least: number, most = largest): number {
  const number = Number(text);
  if (/^[-+.e\d]+$/i.test(text) && number >= least && number <= most) return number;
  throw new UserError(
    `reading --${flag}: expected a number from ${least} to ${most}, got ${excerpt(text)}`,
    2,
  );
}

/** A part of something: above 0, and at most 1. */
export function share(flag: string, text: string): number {
  const number = real(flag, text, 0, 1);
  if (number > 0) return number;
  throw new UserError(`reading --${flag}: expected a number above 0, got ${excerpt(text)}`, 2);
}

/** A flag's value, which has to be there. */
export function needed(flag: string, value: string | undefined): string {
  if (value) return value;
  throw new UserError(`reading the arguments: expected --${flag}, got none`, 2);
}

/**
 * --backend, --device and --workers, on this process alone or on several ranks; within a job of Slurm, one thread for each CPU of the
 * task unless given, at most as many as an engine takes.
 */
export function engineOf(
  { backend, device, workers = threadsOfTask(Deno.env.get("SLURM_CPUS_PER_TASK")) }: Readonly<
    Record<string, string>
  >,
  ranks?: EngineOptions["ranks"],
): EngineOptions {
  return {
    backend: one("backend", backend ?? "onnx", ["onnx", "tensorflow", "cpu"]),
    device: one("device", device ?? "cpu", ["cpu", "webgpu", "cuda"]),
    ...(workers ? { workers: whole("workers", workers, 1) } : {}),
    ...(ranks ? { ranks } : {}),
  };
}

/** The CPUs of a task of Slurm that an engine has threads for; undefined elsewhere. */
export function threadsOfTask(cpus: string | undefined): string | undefined {
  return Number(cpus) > mostWorkers ? `${mostWorkers}` : cpus;
}

/** Every n-th of some things, from the i-th; i from 1. */
export interface Part {
  readonly i: number;
  readonly n: number;
}

/** I/N, or undefined for another form. */
export function partOf(text: string): Part | undefined {
  const [, i = 0, n = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  return i >= 1 && i <= n ? { i, n } : undefined;
}

/** The things of a part, in order. */
export function inPart<T>(all: readonly T[], { i, n }: Part): T[] {
  return all.filter((_, index) => index % n === i - 1);
}
