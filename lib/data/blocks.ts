import { UserError } from "../engine/user_error.ts";
import { checkImages } from "./check_images.ts";
import type { AnySplit, ReadImages, Split, StreamedSplit } from "./dataset.ts";
import { selectRows } from "./select_rows.ts";

/** Neighbouring images of a split. */
export interface Block {
  /** [n, ...inputShape]. */
  readonly images: Float32Array;
  /** The class of each, [n]. */
  readonly labels: Uint16Array;
  /** Their places in the split, [n], ascending. */
  readonly indices: Uint32Array;
  /** The position after the last one; images that cannot be read are skipped. */
  readonly end: number;
}

/** Which images. */
export interface BlocksOptions {
  /** The first one. */
  readonly from?: number;
  /** The position after the last one; to the end when left out. */
  readonly to?: number;
  /** How many at a time; unless given, all that are in memory, or 256 that are read. */
  readonly size?: number;
}

/**
 * A split's images in order, block by block; where they are read, the next block is read ahead.
 *
 * @throws {UserError} when none of the images, from the first one on, can be read.
 */
export async function* blocksOf(
  split: AnySplit,
  { from = 0, to = split.count, ...given }: BlocksOptions = {},
): AsyncGenerator<Block> {
  const end = Math.min(to, split.count);
  if (from >= end) return;
  const { size = "images" in split ? end - from : 256 } = given;
  if ("images" in split) {
    for (let start = from; start < end; start += size) {
      yield viewOf(split, start, Math.min(start + size, end));
    }
    return;
  }
  let found = from > 0; // those before it were
  let next = readBlock(split, from, Math.min(from + size, end));
  for (let start = from; start < end; start += size) {
    const block = await next;
    if (block.end < end) {
      next = readBlock(split, block.end, Math.min(block.end + size, end));
      next.catch(() => {}); // is thrown where it is awaited
    }
    if (block.indices.length === 0) continue;
    found = true;
    yield block;
  }
  if (!found) throw noneOf(split, end);
}

/** Images of a split in memory, without a copy. */
function viewOf({ images, labels, count }: Split, start: number, end: number): Block {
  const length = images.length / count;
  return {
    images: images.subarray(start * length, end * length),
    labels: labels.subarray(start, end),
    indices: Uint32Array.from({ length: end - start }, (_, i) => start + i),
    end,
  };
}

/** Images in memory, and their places in a split. */
type Rows = Split & { readonly indices: Uint32Array };

/**
 * Some of a split's images, read into memory in the order of the request; images that cannot be read are left out.
 *
 * @throws {UserError} when none of the requested images can be read.
 */
export async function readRows(split: AnySplit, wanted: Uint32Array): Promise<Rows> {
  const rows = await readableRows(split, wanted);
  if (wanted.length > 0 && rows.count === 0) throw noneOf(split, wanted.length);
  return rows;
}

/** The same, but the result may be empty. */
async function readableRows(split: AnySplit, wanted: Uint32Array): Promise<Rows> {
  if ("images" in split) return { ...selectRows(split, wanted), indices: wanted };
  const { images, indices } = await readChecked(split, wanted);
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
    doing: "reading images",
    nameOf: (i) => files?.[indices[i]!] ?? `image ${indices[i]}`,
  });
  return { images, indices };
}

/**
 * A split's first images in memory.
 *
 * @throws {UserError} when none of them can be read.
 */
export function readFirst(split: AnySplit, count: number): Promise<Split> {
  return readRows(split, Uint32Array.from({ length: Math.min(count, split.count) }, (_, i) => i));
}

/** The same split, but it calls `onRead` with a position before it reads there: reading a split larger than memory takes a while. */
export function watched(
  split: AnySplit,
  onRead: (place: number) => void,
): AnySplit {
  if ("images" in split) return split;
  const read: StreamedSplit["read"] = (indices, key) => {
    onRead(indices[0] ?? 0);
    return split.read(indices, key);
  };
  return { ...split, read };
}

async function readBlock(split: StreamedSplit, from: number, end: number): Promise<Block> {
  const wanted = Uint32Array.from({ length: end - from }, (_, i) => from + i);
  return { ...await readableRows(split, wanted), end };
}

function noneOf(split: AnySplit, count: number): UserError {
  const [first] = "files" in split && split.files ? split.files : [];
  const such = first === undefined ? "" : ` such as ${first}`;
  return new UserError(
    `reading images: expected at least one that can be read among ${count}${such}, got none`,
  );
}
