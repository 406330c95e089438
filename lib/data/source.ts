import type { Dataset } from "./dataset.ts";
import type { ImagenetOptions } from "./images/imagenet.ts";

/** Where datasets come from: a word of `--dataset` and of `loadDataset`. */
export interface DatasetSource {
  /** The word, and what the ids of its datasets are or begin with: "mnist"; "idx" of "idx:fashion-mnist". */
  readonly id: string;
  /** The name in the paper's table; none where the paper has no such dataset. */
  readonly title?: string;
  /** All that may stand after --dataset: "cifar10", "cifar10:DIR". */
  readonly forms: readonly string[];
  /** What the forms mean, for `--help`: "idx:DIR for a folder of IDX files". */
  readonly help: string;
  /**
   * Loads a dataset, and the code that does so.
   *
   * @param path What stands after the colon; undefined where there is none.
   */
  readonly open: (path: string | undefined, options: ImagenetOptions) => Promise<Dataset>;
}
