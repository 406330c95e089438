import { readChecked } from "../data/blocks.ts";
import type { Split, StreamedSplit } from "../data/dataset.ts";
import { shuffled } from "../data/random.ts";
import { shared } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";

/** The samples of a step: rows of arrays that threads share. */
export interface Batch {
  /** The step within the epoch, from 0. */
  readonly step: number;
  /** Inputs, the step's own among them. */
  readonly images: Float32Array;
  /** Their classes. */
  readonly labels: Uint16Array;
  /** Which of them are the step's. */
  readonly indices: Uint32Array;
}

/** Which batches of which epoch. */
export interface BatchesOptions {
  readonly batch: number;
  /** Names the order of the samples, with the epoch. */
  readonly seed: number;
  readonly epoch: number;
  /** The first step. */
  readonly from: number;
}

/**
 * The batches of an epoch, in an order that the seed and the epoch name. Those of a split that is larger than memory are
 * read one ahead, while the one before is computed with.
 */
export async function* batchesOf(
  split: Split | StreamedSplit,
  { batch, seed, epoch, from }: BatchesOptions,
): AsyncGenerator<Batch> {
  const order = shuffled(split.count, "order", seed, epoch);
  const steps = Math.ceil(split.count / batch);
  const indicesOf = (step: number) => order.slice(step * batch, (step + 1) * batch);
  if ("images" in split) {
    const data = { images: shared(split.images), labels: shared(split.labels) };
    for (let step = from; step < steps; step++) yield { step, ...data, indices: indicesOf(step) };
    return;
  }
  const read = (step: number) => readBatch(split, indicesOf(step), step, [seed, epoch, step]);
  let next = from < steps ? read(from) : undefined;
  for (let step = from; step < steps; step++) {
    const samples = await next!;
    next = step + 1 < steps ? read(step + 1) : undefined;
    next?.catch(() => {}); // is thrown where it is awaited
    yield samples;
  }
}

async function readBatch(
  split: StreamedSplit,
  wanted: Uint32Array,
  step: number,
  key: readonly number[],
): Promise<Batch> {
  const { images, indices } = await readChecked(split, wanted, key);
  if (indices.length === 0) {
    throw new UserError(
      `reading a batch: expected images, but none of ${wanted.length} can be read`,
    );
  }
  return {
    step,
    images: shared(images),
    labels: shared(Uint16Array.from(indices, (index) => split.labels[index]!)),
    indices: Uint32Array.from(indices.keys()),
  };
}
