import { fileURLToPath } from "node:url";
import { UserError } from "../../engine/user_error.ts";
import { modelPath } from "../../jobs/run_folder.ts";
import { networkFor } from "../../networks/by_name.ts";
import type { Model } from "../../networks/model.ts";
import { readWeights } from "../../networks/safetensors.ts";
import { readResults, type Table1Row } from "../../results/results.ts";

/** The results in the repository, and what the networks of each take. */
const committed = [
  { dataset: "mnist", folder: "paper", inputShape: [1, 28, 28], classes: 10 },
  { dataset: "cifar10", folder: "cifar10", inputShape: [3, 32, 32], classes: 10 },
];

/** Which of several models. */
export interface ModelOptions {
  /** What it was trained on, `mnist` or `cifar10`; the one that the network was trained on unless given. */
  readonly dataset?: string;
  /** The seed of its training; 0 unless given. */
  readonly seed?: number;
}

/** A trained model that is in the repository. */
interface Kept {
  readonly row: Table1Row;
  readonly path: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
}

/**
 * A trained model of the repository's results: "mlp" and "lenet" on MNIST, "convnet" on CIFAR-10.
 *
 * @param network The network's name.
 * @param method How it was trained: "reference", "deep_defense", or another method of Table 1.
 * @throws {UserError} listing what there is when there is no such model, or when its file is damaged.
 *
 * @example The reference of the paper's LeNet.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as notebook from "deep-defense/notebook";
 *
 * const { network, weights } = await notebook.model("lenet", "reference");
 * assert.deepEqual([network.name, weights["fc2.bias"]!.shape], ["lenet", [10]]);
 * ```
 */
export async function model(
  network: string,
  method: string,
  { dataset, seed = 0 }: ModelOptions = {},
): Promise<Model> {
  const all = (await Promise.all(committed.map(keptOf))).flat();
  const found = all.find(({ row }) =>
    row.network === network && row.method === method && row.seed === seed &&
    row.dataset === (dataset ?? row.dataset)
  );
  if (!found) {
    const wanted = [network, method, ...dataset ? [`on ${dataset}`] : [], `seed ${seed}`];
    throw new UserError(
      `reading a model of the repository: expected ${listed(all)}, got ${wanted.join(" ")}`,
    );
  }
  const made = networkFor(network, found);
  return { network: made, weights: await readWeights(found.path, made) };
}

/** The models of some results whose weights are there. */
async function keptOf(
  { dataset, folder, ...fitted }: typeof committed[number],
): Promise<Kept[]> {
  const root = new URL(`../../../outputs/${folder}`, import.meta.url);
  if (root.protocol !== "file:") return [];
  const results = fileURLToPath(root);
  const { table1 } = await readResults(results);
  const rows = table1.filter((row) => row.dataset === dataset)
    .map((row) => ({ row, path: modelPath(`${results}/runs/${row.run_id}`), ...fitted }));
  const areThere = await Promise.all(rows.map(({ path }) => isFile(path)));
  return rows.filter((_, i) => areThere[i]);
}

function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** What there is: each network's methods. */
function listed(all: readonly Kept[]): string {
  const groups = Map.groupBy(
    all,
    ({ row: { network, dataset, seed } }) => `${network} on ${dataset}, seed ${seed}`,
  );
  const lines = [...groups].map(([group, models]) =>
    `${group} (${models.map(({ row }) => row.method).join(", ")})`
  );
  return lines.join("; ") || "a copy of the repository, with its folder outputs/";
}
