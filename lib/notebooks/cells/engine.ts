import {
  createEngine as create,
  type Engine,
  type EngineOptions,
  type Program,
} from "../../engine/engine.ts";
import { createInterrupts, Interrupted, type Interrupts } from "./interrupts.ts";

/** This kernel's interrupts, from its first engine on. */
let interrupts: Interrupts | undefined;

/**
 * Creates an engine for a notebook, as `createEngine` of the library does: in addition the notebook's stop button ends whatever the
 * engine computes, training, attacks and measurements, and the kernel lives on. It may be called in several cells.
 *
 * @throws {UserError} when the backend or the device is not available, or the workers are not 1 to 256.
 *
 * @example The first cell of a notebook.
 * ```ts
 * import * as notebook from "deep-defense/notebook";
 *
 * const engine = await notebook.createEngine({ workers: 2 });
 * await engine[Symbol.asyncDispose]();
 * ```
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  interrupts ??= listening();
  return interruptible(await create(options), interrupts);
}

/** Interrupts by SIGINT, which Jupyter sends; it would end the process if nothing listened. */
function listening(): Interrupts {
  const made = createInterrupts(() =>
    console.error(
      "interrupt: the library computes nothing; restart the kernel to end a cell that still runs",
    )
  );
  Deno.addSignalListener("SIGINT", made.interrupt);
  return made;
}

/** The same engine, whose work an interrupt stops. */
export function interruptible(engine: Engine, { signal, stopped }: Interrupts): Engine {
  const noticed = (error: unknown) => {
    if (error instanceof Interrupted) stopped();
    return error;
  };
  return {
    ...engine,
    async load<Settings, Args, Result>(owner: object, program: Program<Settings>) {
      const begun = signal();
      const run = await engine.load<Settings, Args, Result>(owner, program);
      if (begun.aborted) throw noticed(begun.reason);
      return async (args: readonly Args[], own?: AbortSignal) => {
        const any = own ? AbortSignal.any([own, signal()]) : signal();
        try {
          return await run(args, any);
        } catch (error) {
          throw noticed(error);
        }
      };
    },
  };
}
