import type { Arrays, Routine } from "./executable.ts";
import { createSessions } from "./session.ts";
import { type Stop, stoppable, type StoppableRoutine } from "./stop.ts";
import type { Sums, TracedProgram } from "./threads.ts";

/** A request from the main thread to a worker. */
export type Request =
  | ({ readonly kind: "load"; readonly id: number } & TracedProgram)
  | {
    readonly kind: "call";
    readonly id: number;
    readonly program: number;
    readonly args: unknown;
    readonly stop: Stop | undefined;
  };

/** A worker's answer. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown };

/** A worker's own global scope. */
declare const self: {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(reply: Reply, given: readonly ArrayBuffer[]): void;
};

interface Loaded {
  readonly run: StoppableRoutine<unknown, unknown>;
  readonly sums: Sums | undefined;
}

const programs = new Map<number, Loaded>();

async function load(request: Request & { kind: "load" }): Promise<void> {
  const functions = createSessions(request.models, request.device);
  const module = await import(request.module);
  const routine = module[request.export] as Routine<unknown, unknown, unknown>;
  const run = stoppable(routine, functions, request.settings);
  programs.set(request.program, { run, sums: request.sums });
}

/** A result, and the memory that goes to the main thread with it. */
interface Answer {
  readonly result: unknown;
  readonly given?: readonly ArrayBuffer[];
}

async function answer(request: Request): Promise<Answer> {
  if (request.kind === "load") return { result: await load(request) };
  const { run, sums } = programs.get(request.program)!;
  const result = await run(request.args, request.stop);
  if (!sums) return { result };
  const arrays = Object.values((result as Record<string, Arrays>)[sums.of]!);
  return { result, given: arrays.map(({ buffer }) => buffer as ArrayBuffer) };
}

self.onmessage = async ({ data }) => {
  const { id } = data;
  try {
    const { result, given = [] } = await answer(data);
    self.postMessage({ id, result }, given);
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error : new Error(String(error)) }, []);
  }
};
