import { createThreads, type Threads, type TracedProgram } from "../engine/threads.ts";
import type { Arrays } from "../engine/executable.ts";
import { type CallAnswer, type Command, receiveMessage, sendMessage } from "./messages.ts";
import {
  bytesOf,
  type Extent,
  type Memory,
  sharedMemory,
  unpack,
  viewsOf,
  withArrays,
} from "./packing.ts";
import { threadsOfRank } from "./threads_of_rank.ts";
import type { World } from "./world.ts";

/** A program that this rank has loaded. */
interface Loaded {
  readonly sums: TracedProgram["sums"];
  readonly call: (args: readonly unknown[]) => Promise<unknown[]>;
  readonly memory: Memory;
  /** What the last call left to be summed. */
  left: readonly Arrays[];
}

/** Does what rank 0 says, until that says that the work is done. */
export async function otherRank(world: World): Promise<void> {
  const engines = new Map<number, Threads>();
  const programs = new Map<number, Loaded>();
  const answer = async (work: () => Promise<unknown>) =>
    await sendMessage(world, 0, await work().then((value) => ({ value }), (error) => ({ error })));
  for (;;) {
    const command = await receiveMessage<Command>(world, 0);
    if (command.kind === "start") {
      const threads = createThreads(command.workers ?? threadsOfRank(world));
      engines.set(command.engine, threads);
      await answer(() => Promise.resolve(threads.size));
    } else if (command.kind === "load") {
      const { program, engine } = command;
      await answer(async () => {
        const call = await engines.get(engine)!.load(program);
        programs.set(program.program, {
          sums: program.sums,
          call,
          memory: sharedMemory(),
          left: [],
        });
      });
    } else if (command.kind === "call") {
      const loaded = programs.get(command.program)!;
      const whole = await receiveWhole(world, loaded.memory, command.whole);
      await answer(() => called(loaded, unpack(command, whole, loaded.memory)));
    } else if (command.kind === "sum") {
      await world.sum(added(programs.get(command.program)!.left, command.length));
    } else if (command.kind === "stop") {
      engines.get(command.engine)![Symbol.dispose]();
      engines.delete(command.engine);
    } else {
      return world.end();
    }
  }
}

/** The arrays that all ranks get. */
async function receiveWhole(world: World, memory: Memory, extents: readonly Extent[]) {
  const bytes = memory("", { kind: "Uint8Array", length: bytesOf(extents) }) as Uint8Array;
  await world.broadcast(bytes);
  return viewsOf(bytes.buffer, extents);
}

/** Calls a program; what is to be summed stays here. */
async function called(loaded: Loaded, args: readonly unknown[]): Promise<CallAnswer> {
  const { sums, call } = loaded;
  const results = await call(args) as Record<string, unknown>[];
  if (!sums) return { results: results.map(unshared), sums: undefined };
  loaded.left = results.map((result) => result[sums] as Arrays);
  const rest = results.map(({ [sums]: _, ...rest }) => unshared(rest));
  return { results: rest, sums: loaded.left[0] && lengthsOf(loaded.left[0]) };
}

/** Data whose arrays own their memory, as messages need them. */
function unshared(value: unknown): unknown {
  return withArrays(value, (array) => array.slice());
}

function lengthsOf(arrays: Arrays): Record<string, number> {
  return Object.fromEntries(Object.entries(arrays).map(([name, { length }]) => [name, length]));
}

/** The sum of several sets of arrays, one array after another. */
function added(sets: readonly Arrays[], length: number): Float32Array<ArrayBuffer> {
  const total = new Float32Array(length);
  for (const arrays of sets) {
    let at = 0;
    for (const array of Object.values(arrays)) {
      for (let i = 0; i < array.length; i++) total[at + i]! += array[i]!;
      at += array.length;
    }
  }
  return total;
}
