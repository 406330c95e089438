import type { Dataset } from "./data/dataset.ts";
import { loadDataset } from "./data/load.ts";
import { progressOnStderr } from "./progress.ts";

/** Loads the dataset that a command line names, and shows how far it is where that takes time. */
export async function loadShown(spec: string): Promise<Dataset> {
  const view = progressOnStderr();
  try {
    return await loadDataset(spec, {
      onProgress: (name, done, total) => view.show({ name, done, total }),
    });
  } finally {
    view.end();
  }
}
