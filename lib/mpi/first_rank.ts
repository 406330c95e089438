import { setTimeout as delay } from "node:timers/promises";
import type { CallThreads, Ranks } from "../engine/threads.ts";
import type { TracedProgram } from "../engine/traced_program.ts";
import { type Answer, type Command, receiveMessage, sendMessage } from "./messages.ts";
import {
  bytesOf,
  extentsOf,
  grouped,
  type Memory,
  pack,
  sharedMemory,
  viewsOf,
} from "./packing.ts";
import { summed } from "./summed.ts";
import { threadsOfRank } from "./threads_of_rank.ts";
import type { World } from "./world.ts";

/** The other ranks as rank 0 sees them. */
export interface OtherRanks extends Ranks {
  /** Tells them that the work is done. Where a signal cut a call short they may never hear it: after a moment they are left alone. */
  readonly end: () => Promise<void>;
}

/** How many milliseconds the other ranks have for a call that was cut short. */
const endMs = 500;

/** Prepares rank 0: from now on it tells the other ranks what to do. */
export function firstRank(world: World): OtherRanks {
  const { inTurn, untilStopped, stopAt } = turns();
  const team = teamOf(world);
  let engines = 0;
  return {
    size: world.size,
    workers: threadsOfRank(world),
    stopAt,
    async join(threads, workers) {
      const engine = engines++;
      const started = await untilStopped(async () => {
        await team.tell({ kind: "start", engine, workers });
        return await team.answers();
      });
      const sizes = [threads.size, ...started as number[]];
      return {
        size: sizes.reduce((sum, size) => sum + size),
        async load(program) {
          const callHere = await untilStopped(async () => {
            await team.tell({ kind: "load", engine, program });
            const [here] = await Promise.allSettled([threads.load(program)]);
            await team.answers();
            return valueOf(here);
          });
          const loaded = { program, callHere, memory: sharedMemory() };
          return (args, signal) =>
            untilStopped(
              (stop) => callAll(team, loaded, grouped(args, sizes), stop),
              signal,
            );
        },
        [Symbol.dispose]() {
          threads[Symbol.dispose]();
          inTurn(() => team.tell({ kind: "stop", engine }));
        },
      };
    },
    async end() {
      const told = inTurn(() => team.tell({ kind: "end" })).then(() => true);
      if (await Promise.race([told, delay(endMs, false)])) world.end();
    },
  };
}

/** The other ranks, which do as they are told. */
interface RankTeam {
  readonly world: World;
  /** Tells all the same, or each something of its own. */
  readonly tell: (command: Command | readonly Command[]) => Promise<void>;
  /** Waits for the answers of all. */
  readonly answers: () => Promise<unknown[]>;
}

function teamOf(world: World): RankTeam {
  const others = Array.from({ length: world.size - 1 }, (_, i) => i + 1);
  const tell = async (command: Command | readonly Command[]) => {
    const of = (i: number) => "kind" in command ? command : command[i]!;
    await Promise.all(others.map((rank, i) => sendMessage(world, rank, of(i))));
  };
  const answers = async () => {
    const all = await Promise.all(others.map((rank) => receiveMessage<Answer>(world, rank)));
    return all.map((answer) => {
      if ("error" in answer) throw answer.error;
      return answer.value;
    });
  };
  return { world, tell, answers };
}

/** A program that all ranks have loaded. */
interface Loaded {
  readonly program: TracedProgram;
  /** Calls it in this process. */
  readonly callHere: CallThreads;
  readonly memory: Memory;
}

/** Calls a program on all ranks at the same time; `groups` are the arguments of each. */
async function callAll(
  team: RankTeam,
  { program: { program, rows, sums }, callHere, memory }: Loaded,
  [own = [], ...groups]: readonly (readonly unknown[])[],
  signal: AbortSignal,
): Promise<unknown[]> {
  const { ranks, whole } = pack(groups, rows);
  const extents = extentsOf(whole);
  await team.tell(ranks.map((packed) => ({ kind: "call", program, whole: extents, ...packed })));
  const bytes = memory("whole", { kind: "Uint8Array", length: bytesOf(extents) }) as Uint8Array;
  viewsOf(bytes.buffer, extents).forEach((view, i) => view.set(whole[i]!));
  await team.world.broadcast(bytes);
  const [here] = await Promise.allSettled([callHere(own, signal)]);
  const [there] = await Promise.allSettled([team.answers()]);
  const sum = sums && await summed(team.world, sums, [], memory);
  const results = (valueOf(there) as unknown[][]).flat();
  if (!sums) return [...valueOf(here), ...results];
  const rest = results.map((result, i) => ({ ...result as object, [sums.of]: i === 0 ? sum : {} }));
  return [...valueOf(here), ...rest];
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Work that is done one at a time. */
function turns() {
  let last: Promise<unknown> = Promise.resolve();
  let signal = new AbortController().signal;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const whole = last.then(work);
    last = whole.catch(() => {});
    return whole;
  };
  return {
    inTurn,
    /** The same, but the caller is let go when a signal aborts, the call's own or that of all calls, with its reason. */
    untilStopped<T>(
      work: (stop: AbortSignal) => Promise<T>,
      own: AbortSignal = signal,
    ): Promise<T> {
      const current = AbortSignal.any([signal, own]);
      current.throwIfAborted();
      return new Promise((resolve, reject) => {
        const stop = () => reject(current.reason);
        current.addEventListener("abort", stop, { once: true });
        inTurn(() => work(current)).then(resolve, reject)
          .finally(() => current.removeEventListener("abort", stop));
      });
    },
    stopAt(given: AbortSignal) {
      signal = given;
    },
  };
}
