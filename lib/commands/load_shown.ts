import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import type { BadImagePolicy } from "../data/image_list.ts";
import { loadDataset } from "../data/load.ts";
import { escaped } from "../engine/excerpt.ts";
import { imageScaleOf } from "../networks/image_scale.ts";
import { progressOnStderr } from "./progress.ts";

/** What a command line says of its dataset. */
export interface Wanted {
  readonly dataset: string;
  /** What is done with images that cannot be read. */
  readonly bad: BadImagePolicy;
}

/**
 * Loads the dataset that a command line names, as a network of this name takes it, and shows how far it is where that takes time. Images
 * that are left out are told of on the standard error stream, each once.
 */
export async function loadShown(
  { dataset, bad }: Wanted,
  network = "",
): Promise<Dataset | StreamedDataset> {
  const view = progressOnStderr();
  const told = new Set<string>();
  try {
    return await loadDataset(dataset, {
      scale: imageScaleOf(network),
      bad,
      onProgress: (name, done, total) => view.show({ name, done, total }),
      onNote: (note) => console.error(escaped(`note: ${note}`)),
      onBad: ({ path, reason }) => {
        if (told.has(path)) return;
        told.add(path);
        console.error(escaped(`left out: ${path}: ${reason} (${told.size} left out so far)`));
      },
    });
  } finally {
    view.end();
  }
}
