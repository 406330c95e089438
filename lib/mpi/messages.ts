import { deserialize, serialize } from "node:v8";
import type { TracedProgram } from "../engine/traced_program.ts";
import type { Extent, Packed } from "./packing.ts";
import type { World } from "./world.ts";

/** What rank 0 asks of the others. */
export type Command =
  /** Start an engine's threads; the answer is their number. */
  | { readonly kind: "start"; readonly engine: number; readonly workers: number | undefined }
  /** Load a program; the answer is empty. */
  | { readonly kind: "load"; readonly engine: number; readonly program: TracedProgram }
  /**
   * Call a program. Then arrays of the extents `whole` are broadcast; the answer is the shards' results, without what is summed;
   * then all take part in the sum, if the program has one.
   */
  | ({
    readonly kind: "call";
    readonly program: number;
    readonly whole: readonly Extent[];
  } & Packed)
  /** Stop an engine's threads; there is no answer. */
  | { readonly kind: "stop"; readonly engine: number }
  /** The work is done; there is no answer. */
  | { readonly kind: "end" };

/** A rank's answer. */
export type Answer = { readonly value: unknown } | { readonly error: unknown };

/** Sends plain data, without shared memory, to a rank. */
export async function sendMessage(
  world: World,
  to: number,
  message: Command | Answer,
): Promise<void> {
  await world.send(to, serialize(message));
}

/** Receives what a rank sends. */
export async function receiveMessage<M extends Command | Answer>(
  world: World,
  from: number,
): Promise<M> {
  return deserialize(await world.receive(from)) as M;
}
