import { UserError } from "../../engine/user_error.ts";
import { checksumOf } from "../../files/checksums.ts";
import { readIfThere } from "../../files/files.ts";
import type { TrainedFile } from "../../jobs/jobs.ts";
import { modelPath } from "../../jobs/run_folder.ts";
import type { Network } from "../../networks/network.ts";
import { decodeSafetensors } from "../../networks/safetensors.ts";
import { checkWeights } from "../../networks/check_weights.ts";
import { readResults } from "../../results/results.ts";
import type { ReproduceOptions } from "./options.ts";

/** What is asked for of the folder of --trained. */
type Wanted = Pick<ReproduceOptions, "trainedFolder" | "networks" | "methods" | "seeds">;

/**
 * The models of the folder of --trained: those of Table 1 whose weights were kept.
 *
 * @throws {UserError} when the folder holds no results, or not the weights of every network, method and seed that are asked for, or some
 * that do not fit their network.
 */
export async function trainedModels(
  { trainedFolder: folder, ...wanted }: Wanted,
  networks: ReadonlyMap<string, Network>,
): Promise<TrainedFile[] | undefined> {
  if (!folder) return undefined;
  const { table1 } = await readResults(folder);
  const files: TrainedFile[] = [];
  for (const { run_id, network: name, method, seed } of table1) {
    const network = networks.get(name);
    const path = modelPath(`${folder}/runs/${run_id}`);
    const bytes = network && await readIfThere(path);
    if (!bytes) continue;
    checkWeights(decodeSafetensors(bytes, path).weights, network.parameters, path);
    files.push({ network: name, method, seed, path, sha256: checksumOf(bytes) });
  }
  checkAll(files, folder, wanted);
  return files;
}

function checkAll(
  files: readonly TrainedFile[],
  folder: string,
  { networks, methods, seeds }: Wanted,
): void {
  const nameOf = ({ network, method, seed }: Pick<TrainedFile, "network" | "method" | "seed">) =>
    `${network} ${method} seed ${seed}`;
  const kept = new Set(files.map(nameOf));
  const missing = networks.flatMap((network) =>
    methods.flatMap((method) => seeds.map((seed) => nameOf({ network, method, seed })))
  ).find((name) => !kept.has(name));
  if (!missing) return;
  throw new UserError(
    `reading --trained: expected the weights of ${missing} in ${folder}, got those of ${
      files.map(nameOf).join(", ") || "none of these networks"
    }; name others with --network, --method and --seed`,
    2,
  );
}
