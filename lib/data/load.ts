import { UserError } from "../engine/user_error.ts";
import type { Dataset, Split, StreamedSplit } from "./dataset.ts";
import { withDatasetSummary } from "./dataset_summary.ts";
import { datasets, sourceOf } from "./datasets.ts";
import type { ImagenetOptions } from "./images/imagenet.ts";

/** The datasets that are loaded into memory. */
export type LoadedSpec =
  | "mnist"
  | "cifar10"
  | `cifar10:${string}`
  | `idx:${string}`
  | `tensors:${string}`;

/**
 * Loads the dataset that a command line names: "mnist"; "cifar10", which is fetched the first time, or "cifar10:DIR" for
 * a folder of the original binary version; "idx:DIR" for a folder of IDX files; "tensors:FILE" for a safetensors file of
 * inputs and labels; "imagenet:DIR" for images in folders, which are read on demand.
 *
 * @throws {UserError} with exit code 2 when there is no such dataset, 1 when its files are missing or
 * damaged.
 *
 * @example MNIST as preprocessed inputs, and as pixels.
 * ```ts
 * import { firstImages, loadDataset } from "deep-defense";
 *
 * const mnist = await loadDataset("mnist");
 * const { train, test } = firstImages(mnist, { train: 500, test: 100 });
 * console.log(mnist.inputShape, mnist.classes, train.count, test.labels);
 *
 * const pixels = await loadDataset("mnist", { pixels: true });
 * console.log(pixels.test.images.subarray(0, 784));
 * ```
 */
export async function loadDataset(
  spec: LoadedSpec,
  options?: ImagenetOptions,
): Promise<Dataset<Split>>;
/** Opens images in folders, for the networks of a scale. */
export async function loadDataset(
  spec: `imagenet:${string}`,
  options?: ImagenetOptions,
): Promise<Dataset<StreamedSplit>>;
/** Loads any dataset that a command line may name. */
export async function loadDataset(spec: string, options?: ImagenetOptions): Promise<Dataset>;
export async function loadDataset(spec: string, options: ImagenetOptions = {}): Promise<Dataset> {
  const [, word = "", path] = /^(\w+)(?::(.+))?$/.exec(spec) ?? [];
  const source = sourceOf(word);
  const isForm = (form: string) => path ? form.startsWith(`${word}:`) : form === word;
  if (source?.forms.some(isForm)) return withDatasetSummary(await source.open(path, options));
  const forms = datasets.flatMap((one) => one.forms);
  throw new UserError(
    `loading a dataset: expected one of ${forms.join(", ")}, got ${JSON.stringify(spec)}`,
    2,
  );
}
