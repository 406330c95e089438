import type { Dataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/load.ts";
import { escaped } from "../../engine/excerpt.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import type { ImageFlags } from "./image_flags.ts";
import { progressOnStderr } from "./progress.ts";

/** A command line's options for its dataset. */
export interface Wanted extends ImageFlags {
  readonly dataset: string;
  /** Whether inputs are pixels 0-255; the network's own preprocessing unless given. */
  readonly pixels?: boolean;
  /** The side of images in folders, where the model fixes it; `imageSize` comes first. */
  readonly side?: number | undefined;
}

/** A dataset, and what of it was left out. */
export interface ShownDataset {
  readonly dataset: Dataset;
  /** Why images, and class folders without images, were left out, by path; it grows as images are read. */
  readonly leftOut: LeftOut;
}

/**
 * Loads the dataset that a command line names, as a network of this name takes it, and shows progress where that takes time.
 * Images that are left out are named on the standard error stream, each once.
 */
export async function loadShown(
  { dataset, bad, pixels, side, imageSize }: Wanted,
  network = "",
): Promise<ShownDataset> {
  const view = progressOnStderr();
  const leftOut = new Map<string, string>();
  try {
    const loaded = await loadDataset(dataset, {
      scale: imageScaleOf(network),
      bad,
      pixels,
      side: imageSize ?? side,
      whole: imageSize !== undefined,
      onProgress: (name, done, total) => view.show({ name, done, total }),
      onNote: (note) => view.tell(escaped(`note: ${note}`)),
      onBad: ({ path, reason }) => {
        if (leftOut.has(path)) return;
        leftOut.set(path, reason);
        view.tell(escaped(`left out: ${path}: ${reason} (${leftOut.size} left out so far)`));
      },
    });
    return { dataset: loaded, leftOut };
  } finally {
    view.end();
  }
}
