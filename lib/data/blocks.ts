import { checkImages } from "./check_images.ts";
import type { ReadImages, Split, StreamedSplit } from "./dataset.ts";

/** Neighbouring images of a split. */
export interface Block {
  /** [n, ...inputShape]. */
  readonly images: Float32Array;
  /** The class of each, [n]. */
  readonly labels: Uint16Array;
  /** Their places in the split, [n], ascending. */
  readonly indices: Uint32Array;
  /** The place behind the last one; images that cannot be read are passed over. */
  readonly end: number;
}

/** Which images. */
export interface BlocksOptions {
  /** The first one. */
  readonly from?: number;
  /** The one behind the last; all when left out. */
  readonly to?: number;
  /** How many to read at a time, of a split that is larger than memory. */
  readonly size?: number;
}

/** A split's images in order: at once where they are in memory, else block by block, one read ahead. */
export async function* blocksOf(
  split: Split | StreamedSplit,
  { from = 0, to = split.count, size = 256 }: BlocksOptions = {},
): AsyncGenerator<Block> {
  const end = Math.min(to, split.count);
  if (from >= end) return;
  if ("images" in split) {
    const length = split.images.length / split.count;
    yield {
      images: split.images.subarray(from * length, end * length),
      labels: split.labels.subarray(from, end),
      indices: Uint32Array.from({ length: end - from }, (_, i) => from + i),
      end,
    };
    return;
  }
  let next = readBlock(split, from, Math.min(from + size, end));
  for (let start = from; start < end; start += size) {
    const block = await next;
    if (block.end < end) {
      next = readBlock(split, block.end, Math.min(block.end + size, end));
      next.catch(() => {}); // is thrown where it is awaited
    }
    if (block.indices.length > 0) yield block;
  }
}

/** Some of a split's images in memory, in the order asked; of those that are read on demand, the ones that can be. */
export async function readRows(
  split: Split | StreamedSplit,
  wanted: Uint32Array,
): Promise<Split & { readonly indices: Uint32Array }> {
  const { images, indices } = "images" in split
    ? { images: gathered(split, wanted), indices: wanted }
    : await readChecked(split, wanted);
  const labels = Uint16Array.from(indices, (index) => split.labels[index]!);
  return { images, labels, count: indices.length, indices };
}

/**
 * Reads inputs of a split that is larger than memory.
 *
 * @param key As in {@link StreamedSplit.read}.
 * @throws {UserError} naming the file or the place of an image that holds a number that is not finite.
 */
export async function readChecked(
  { read, files }: StreamedSplit,
  wanted: Uint32Array,
  key?: readonly (number | string)[],
): Promise<ReadImages> {
  const { images, indices } = await read(wanted, key);
  checkImages({
    images,
    length: images.length / indices.length,
    doing: "Reading images",
    nameOf: (i) => files?.[indices[i]!] ?? `image ${indices[i]}`,
  });
  return { images, indices };
}

/** A split's first images in memory. */
export function readFirst(split: Split | StreamedSplit, count: number): Promise<Split> {
  return readRows(split, Uint32Array.from({ length: Math.min(count, split.count) }, (_, i) => i));
}

/** The same split, which calls `onRead` with a place before it reads there: one that is larger than memory takes a while. */
export function watched(
  split: Split | StreamedSplit,
  onRead: (place: number) => void,
): Split | StreamedSplit {
  if ("images" in split) return split;
  const read: StreamedSplit["read"] = (indices, key) => {
    onRead(indices[0] ?? 0);
    return split.read(indices, key);
  };
  return { ...split, read };
}

function gathered({ images, count }: Split, wanted: Uint32Array): Float32Array {
  const length = images.length / count;
  const rows = new Float32Array(wanted.length * length);
  wanted.forEach((index, i) =>
    rows.set(images.subarray(index * length, (index + 1) * length), i * length)
  );
  return rows;
}

async function readBlock(split: StreamedSplit, from: number, end: number): Promise<Block> {
  const wanted = Uint32Array.from({ length: end - from }, (_, i) => from + i);
  return { ...await readRows(split, wanted), end };
}
