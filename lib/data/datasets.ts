import { cifar10 } from "./cifar10/source.ts";
import { idx } from "./idx/source.ts";
import { imagenet } from "./images/source.ts";
import { mnist } from "./mnist/source.ts";
import { tensors } from "./tensors/source.ts";
import type { DatasetSource } from "./source.ts";

/** All datasets of `--dataset` and `loadDataset`, in the order of help, messages and tables. */
export const datasets: readonly DatasetSource[] = [mnist, cifar10, idx, imagenet, tensors];

/** The source of a dataset's id or of a value of `--dataset`; undefined where there is none. */
export function sourceOf(name: string): DatasetSource | undefined {
  const [word] = name.split(":");
  return datasets.find(({ id }) => id === word);
}
