import { deserialize, serialize } from "node:v8";
import type { TracedProgram } from "../engine/threads.ts";
import type { Extent, Packed } from "./packing.ts";
import type { World } from "./world.ts";

/** What rank 0 asks of the others. Each answers, but for `stop` and `end`. */
export type Command =
  /** Start an engine's threads; the answer is their number. */
  | { readonly kind: "start"; readonly engine: number; readonly workers: number | undefined }
  | { readonly kind: "load"; readonly engine: number; readonly program: TracedProgram }
  /** Call a program; arrays of the extents `whole` are broadcast afterwards. The answer is a {@link CallAnswer}. */
  | ({
    readonly kind: "call";
    readonly program: number;
    readonly whole: readonly Extent[];
  } & Packed)
  /** Add up what the last call of a program left to be summed: so many numbers. The answer is the sum itself. */
  | { readonly kind: "sum"; readonly program: number; readonly length: number }
  /** Stop an engine's threads. */
  | { readonly kind: "stop"; readonly engine: number }
  /** The work is done. */
  | { readonly kind: "end" };

/** An answer to a call. */
export interface CallAnswer {
  /** The shards' results, without the arrays to be summed. */
  readonly results: readonly unknown[];
  /** The lengths of the arrays to be summed, by name, in their order; undefined where there are none. */
  readonly sums: Readonly<Record<string, number>> | undefined;
}

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
