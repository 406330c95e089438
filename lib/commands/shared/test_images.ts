import { readRows } from "../../data/blocks.ts";
import type { Dataset, Split } from "../../data/dataset.ts";

/** The test images that a command is about, in memory. */
export interface TestImages extends Dataset<Split> {
  /** The place of each test image, and its file where it has one. */
  readonly names: readonly { readonly index: number; readonly file?: string }[];
}

/** How many images that are read on demand are used by default. */
const mostStreamed = 1000;

/**
 * A dataset with its first test images alone, in memory.
 *
 * @param images How many; unless given, all, or 1,000 where they are read on demand. Images that cannot be read are left out.
 */
export async function firstTestImages(
  dataset: Dataset,
  images?: number,
): Promise<TestImages> {
  const { count, files } = { files: undefined, ...dataset.test };
  const most = Math.min(images ?? (files ? mostStreamed : count), count);
  const test = await readRows(dataset.test, Uint32Array.from({ length: most }, (_, i) => i));
  const names = Array.from(
    test.indices,
    (index) => files ? { index, file: files[index]! } : { index },
  );
  return { ...dataset, train: test, test, names };
}
