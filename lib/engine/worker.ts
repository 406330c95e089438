import type { Arrays, Routine } from "./executable.ts";
import { createSessions } from "./session.ts";
import { type Stop, stoppable, type StoppableRoutine } from "./stop.ts";
import type { Sums, TracedProgram } from "./traced_program.ts";

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

async function answer(request: Request): Promise<unknown> {
  if (request.kind === "load") return await load(request);
  return await programs.get(request.program)!.run(request.args, request.stop);
}

/** The memory of a result's sums, which goes to the main thread with it. */
function givenWith(reply: Reply, { kind, program }: Request): ArrayBuffer[] {
  const sums = programs.get(program)?.sums;
  if (kind === "load" || !sums || !("result" in reply)) return [];
  const arrays = (reply.result as Record<string, Arrays>)[sums.of]!;
  return Object.values(arrays).map(({ buffer }) => buffer as ArrayBuffer);
}

self.onmessage = async ({ data }) => {
  const reply: Reply = await answer(data).then(
    (result) => ({ id: data.id, result }),
    (error) => ({ id: data.id, error: error instanceof Error ? error : new Error(String(error)) }),
  );
  self.postMessage(reply, givenWith(reply, data));
};
