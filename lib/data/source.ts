import type { Dataset } from "./dataset.ts";
import type { ImagenetOptions } from "./images/imagenet.ts";

/** A source of datasets: a word of `--dataset` and of `loadDataset`. */
export interface DatasetSource {
  /** The word, which is the id of its dataset or the beginning of their ids: "mnist"; "idx" of "idx:fashion-mnist". */
  readonly id: string;
  /** The name in the paper's table; none where the paper has no such dataset. */
  readonly title?: string;
  /** All forms of the value of --dataset: "cifar10", "cifar10:DIR". */
  readonly forms: readonly string[];
  /** What the forms mean, for `--help`: "idx:DIR for a folder of IDX files". */
  readonly help: string;
  /** Whether its inputs may be other than images; false unless given. */
  readonly anyShape?: true;
  /**
   * Loads a dataset, and first the code for it.
   *
   * @param path The part after the colon; undefined where there is none.
   */
  readonly open: (path: string | undefined, options: ImagenetOptions) => Promise<Dataset>;
}
