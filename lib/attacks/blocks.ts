import type { Engine, Loaded } from "../engine/engine.ts";
import { type Shard, shards } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";
import type { Network } from "../networks/network.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";

/**
 * Runs a program over rows that its threads share, a block a thread at a time.
 *
 * @param rows What every shard is given besides its extent.
 * @param count How many rows there are.
 * @param onProgress Called as rows are done.
 * @returns The shards' results, in the order of their rows.
 */
export async function runInBlocks<Rows, Result>(
  { workers }: Engine,
  network: Network,
  run: Loaded<NoInfer<Rows> & Shard, Result>,
  rows: Rows,
  count: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Result[]> {
  const { block } = chunkSizes(network);
  const parts: Result[] = [];
  for (let done = 0; done < count; done += block * workers) {
    const span = Math.min(count - done, block * workers);
    const args = shards(span, workers).map(({ from, to }) => ({
      ...rows,
      from: done + from,
      to: done + to,
    }));
    parts.push(...await run(args));
    onProgress?.(done + span, count);
  }
  return parts;
}

/**
 * How many inputs there are.
 *
 * @param images [count, ...inputShape].
 * @param labels Their classes, [count], where there are any.
 * @throws UserError when the images do not fit the network, or the labels do not fit the images.
 */
export function countInputs(network: Network, images: Float32Array, labels?: Uint16Array): number {
  const length = inputLength(network);
  const count = images.length / length;
  const fail = (expected: string) => {
    throw new UserError(`attacking ${network.name}: expected ${expected}`);
  };
  if (!Number.isInteger(count)) {
    fail(`images of ${length} numbers each, got ${images.length} numbers`);
  }
  if (labels && labels.length !== count) fail(`${count} labels, got ${labels.length}`);
  const unknown = labels?.find((label) => label >= network.classes);
  if (unknown !== undefined) fail(`labels below ${network.classes}, got ${unknown}`);
  return count;
}
