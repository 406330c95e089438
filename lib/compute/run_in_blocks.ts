import type { Engine, RunShards } from "../engine/engine.ts";
import type { Arrays } from "../engine/executable.ts";
import { type Shard, shards, shared } from "../engine/shared_memory.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { chunkSizes } from "./chunk_size.ts";

/** How to run {@link runInBlocks}. */
export interface BlockOptions extends StopOptions {
  /** Called as rows are done; nothing is unless given. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs a program over rows in shared memory, one block per thread at a time.
 *
 * @param rows The arguments of every shard, besides its extent.
 * @param count How many rows there are.
 * @returns The shards' results, in the order of their rows.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function runInBlocks<Rows, Result>(
  engine: Engine,
  network: Network,
  run: RunShards<NoInfer<Rows> & Shard, Result>,
  rows: Rows,
  count: number,
  { onProgress, signal }: BlockOptions = {},
): Promise<Result[]> {
  const { workers } = engine;
  const { block } = chunkSizes(network, engine);
  const parts: Result[] = [];
  for (let done = 0; done < count; done += block * workers) {
    const span = Math.min(count - done, block * workers);
    const args = shards(span, workers).map(({ from, to }) => ({
      ...rows,
      from: done + from,
      to: done + to,
    }));
    parts.push(...await run(args, signal));
    onProgress?.(done + span, count);
  }
  return parts;
}

/** The parameters' numbers by name, in memory that threads can share. */
export function arraysOf(weights: Weights): Arrays {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, shared(data)]),
  );
}
