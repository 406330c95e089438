import type { Arrays } from "../engine/executable.ts";
import { releaseAll } from "../engine/release.ts";
import { createThreads, type Threads } from "../engine/threads.ts";
import type { Sums } from "../engine/traced_program.ts";
import { type Answer, type Command, receiveMessage, sendMessage } from "./messages.ts";
import { bytesOf, type Memory, sharedMemory, unpack, viewsOf, withArrays } from "./packing.ts";
import { summed } from "./summed.ts";
import { threadsOfRank } from "./threads_of_rank.ts";
import type { World } from "./world.ts";

/** A program that this rank has loaded. */
interface Loaded {
  readonly sums: Sums | undefined;
  readonly call: (args: readonly unknown[]) => Promise<unknown[]>;
  readonly memory: Memory;
}

/** Does what rank 0 says, until that says that the work is done. */
export async function otherRank(world: World): Promise<void> {
  const engines = new Map<number, Threads>();
  const programs = new Map<number, Loaded>();
  for (;;) {
    const command = await receiveMessage<Command>(world, 0);
    if (command.kind === "start") {
      const threads = createThreads(command.workers ?? threadsOfRank(world));
      engines.set(command.engine, threads);
      await sendMessage(world, 0, { value: threads.size });
    } else if (command.kind === "load") {
      const { program, sums } = command.program;
      const answer = await answerOf(async () => {
        const call = await engines.get(command.engine)!.load(command.program);
        programs.set(program, { sums, call, memory: sharedMemory() });
      });
      await sendMessage(world, 0, answer);
    } else if (command.kind === "call") {
      await answerCall(world, command, programs.get(command.program)!);
    } else if (command.kind === "stop") {
      engines.get(command.engine)![Symbol.dispose]();
      engines.delete(command.engine);
    } else {
      return world.end();
    }
  }
}

async function answerOf(work: () => Promise<unknown>): Promise<Answer> {
  return await work().then((value) => ({ value }), (error) => ({ error }));
}

/** Takes part in a call; what is to be summed goes to rank 0 in the sum only. */
async function answerCall(
  world: World,
  { whole: extents, ...packed }: Command & { readonly kind: "call" },
  { sums, call, memory }: Loaded,
): Promise<void> {
  const bytes = memory("whole", { kind: "Uint8Array", length: bytesOf(extents) }) as Uint8Array;
  await world.broadcast(bytes);
  const sets: Arrays[] = [];
  const answer = await answerOf(async () => {
    const results = await call(unpack(packed, viewsOf(bytes.buffer, extents), memory));
    if (!sums) return results.map(unshared);
    return (results as Record<string, unknown>[]).map(({ [sums.of]: arrays, ...rest }) => {
      sets.push(arrays as Arrays);
      return unshared(rest);
    });
  });
  await sendMessage(world, 0, answer);
  if (sums) await summed(world, sums, sets, memory);
  releaseAll(sets);
}

/** Data whose arrays own their memory, as messages need them. */
function unshared(value: unknown): unknown {
  return withArrays(value, (array) => array.slice());
}
