import { sharedFloats } from "../engine/shared_memory.ts";
import type { Split, StreamedSplit } from "./dataset.ts";

/** Some rows of a split, in their order, as a new split; rows in memory are copied. */
export function selectRows<S extends Split | StreamedSplit>(split: S, rows: Uint32Array): S;
export function selectRows(
  split: Split | StreamedSplit,
  rows: Uint32Array,
): Split | StreamedSplit {
  const labels = Uint16Array.from(rows, (row) => split.labels[row]!);
  const count = rows.length;
  if ("images" in split) return { images: imagesOf(split, rows), labels, count };
  const { files, read } = split;
  return {
    labels,
    count,
    ...(files ? { files: Array.from(rows, (row) => files[row]!) } : {}),
    async read(indices, key) {
      const placeOf = new Map(Array.from(indices, (index) => [rows[index]!, index] as const));
      const wanted = indices.map((index) => rows[index]!);
      const { images, indices: came } = await read(wanted, key);
      return { images, indices: came.map((row) => placeOf.get(row)!) };
    },
  };
}

function imagesOf({ images, count }: Split, rows: Uint32Array): Float32Array {
  const length = images.length / count;
  const selected = sharedFloats(rows.length * length);
  rows.forEach((row, i) =>
    selected.set(images.subarray(row * length, (row + 1) * length), i * length)
  );
  return selected;
}
