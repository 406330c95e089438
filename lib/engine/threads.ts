import type { Executables, Routine } from "./executable.ts";
import { createSessions } from "./session.ts";
import { allEnded, rest, stoppable, type StoppableRoutine, withStop } from "./stop.ts";
import { createTeam } from "./team.ts";
import type { TracedProgram } from "./traced_program.ts";

/** The most threads of a process: each has its own sessions and memory, and a thousand take minutes to start, or all memory. */
export const mostWorkers = 256;

/** Calls thread i with `args[i]`, all at once. */
export type CallThreads = (args: readonly unknown[], signal?: AbortSignal) => Promise<unknown[]>;

/** Threads that compute shards. */
export interface Threads extends Disposable {
  /** How many there are. */
  readonly size: number;
  /** Loads a program into all; what is returned calls thread i with `args[i]`, until the signal aborts. */
  readonly load: (program: TracedProgram) => Promise<CallThreads>;
}

/** Processes that compute for one engine, this one being the first; `withRanks` makes them. */
export interface Ranks {
  /** How many there are. */
  readonly size: number;
  /** How many threads this process has, where no number is asked for. */
  readonly workers: number;
  /**
   * The threads of all processes together.
   *
   * @param threads Those of this process, the first ones.
   * @param workers How many every other process starts; as many as are its own unless given.
   */
  readonly join: (threads: Threads, workers?: number) => Promise<Threads>;
  /** Makes calls that wait for other processes end with the signal's reason once it aborts; no later call is answered. */
  readonly stopAt: (signal: AbortSignal) => void;
}

/** The threads of this process: this one, which computes shards too, and a worker for each other one. */
export function createThreads(size: number): Threads {
  // With one more thread than cores, threads would have to take turns.
  const team = createTeam(size - 1);
  const members = Array.from({ length: team.size }, (_, index) => index);
  return {
    size,
    async load(traced) {
      const [run] = await Promise.all([
        setUp(traced, createSessions(traced.models, traced.device)),
        ...members.map((index) => team.ask(index, { kind: "load", ...traced })),
      ]);
      const { program } = traced;
      return (args, signal) =>
        withStop(signal, (stop) => {
          const [own, ...others] = args;
          const replies = others.map((args, index) =>
            team.ask(index, { kind: "call", program, args, stop })
          );
          return allEnded(args.length > 0 ? [run(own, stop), ...replies] : []);
        });
    },
    [Symbol.dispose]: () => team[Symbol.dispose](),
  };
}

/** A program's routine, ready to be called in this thread. */
export async function setUp(
  { module, export: name, settings }: Pick<TracedProgram, "module" | "export" | "settings">,
  functions: Executables,
): Promise<StoppableRoutine<unknown, unknown>> {
  const routine = (await import(module))[name] as Routine<unknown, unknown, unknown>;
  return stoppable(routine, functions, settings, rest);
}
