import { readChecked } from "../data/blocks.ts";
import type { AnySplit, Split, StreamedSplit } from "../data/dataset.ts";
import { flip } from "../data/flip.ts";
import { random, shuffled } from "../engine/random.ts";
import { shared, sharedFloats } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";

/** The samples of a step, in shared memory; for a split in memory, the next batch overwrites them. */
export interface Batch {
  /** The step within the epoch, from 0. */
  readonly step: number;
  /** [n, ...inputShape]. */
  readonly images: Float32Array;
  /** Their classes, [n]. */
  readonly labels: Uint16Array;
  /** Their places in the split, [n]. */
  readonly indices: Uint32Array;
}

/** Which batches of which epoch. */
export interface BatchesOptions {
  readonly batch: number;
  /** The seed of the samples' order and of the flips, together with the epoch. */
  readonly seed: number;
  readonly epoch: number;
  /** The first step. */
  readonly from: number;
  /** Examples for every position of the split, [count, ...inputShape]: every second sample of an epoch is taken from here. */
  readonly examples?: Float32Array | undefined;
  /** The width of images, if whole batches are flipped left to right, each with probability 1/2. */
  readonly flippedWidth?: number | undefined;
}

/** The batches of an epoch; the order depends on the seed and the epoch. */
export async function* batchesOf(
  split: AnySplit,
  options: BatchesOptions,
): AsyncGenerator<Batch> {
  const { seed, epoch, flippedWidth } = options;
  for await (const batch of "images" in split ? gathered(split, options) : read(split, options)) {
    const isFlipped = flippedWidth && random("flip", seed, epoch, batch.step)() < 0.5;
    if (isFlipped) flip(batch.images, flippedWidth);
    yield batch;
  }
}

/** The positions in the split of every step's samples. */
function placesOf({ count }: { readonly count: number }, options: BatchesOptions) {
  const { batch, seed, epoch, from } = options;
  const order = shuffled(count, "order", seed, epoch);
  const steps = Array.from({ length: Math.ceil(count / batch) }, (_, step) => ({
    step,
    indices: order.slice(step * batch, (step + 1) * batch),
  }));
  return steps.slice(from);
}

/** Batches of a split in memory. */
function* gathered(split: Split, options: BatchesOptions): Generator<Batch> {
  const { images, labels, count } = split;
  const { examples = images, batch } = options;
  const length = images.length / count;
  const most = Math.min(batch, count);
  const memory = { images: sharedFloats(most * length), labels: shared(new Uint16Array(most)) };
  for (const { step, indices } of placesOf(split, options)) {
    indices.forEach((index, i) => {
      const from = (step * batch + i) % 2 === 0 ? images : examples;
      memory.images.set(from.subarray(index * length, (index + 1) * length), i * length);
      memory.labels[i] = labels[index]!;
    });
    yield {
      step,
      images: memory.images.subarray(0, indices.length * length),
      labels: memory.labels.subarray(0, indices.length),
      indices,
    };
  }
}

/** Batches of a split larger than memory: the next one is read while the current one is used. */
async function* read(split: StreamedSplit, options: BatchesOptions): AsyncGenerator<Batch> {
  const { seed, epoch } = options;
  const start = ({ step, indices }: Pick<Batch, "step" | "indices">) => {
    const reading = readBatch(split, indices, step, [seed, epoch, step]);
    reading.catch(() => {}); // is thrown where it is awaited
    return reading;
  };
  const [first, ...rest] = placesOf(split, options);
  let next: Promise<Batch> | undefined = first && start(first);
  for (const places of [...rest, undefined]) {
    const batch = await next;
    next = places && start(places);
    if (batch) yield batch;
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
  const labels = Uint16Array.from(indices, (index) => split.labels[index]!);
  return { step, images: shared(images), labels: shared(labels), indices };
}
