import type { Dataset } from "../../data/dataset.ts";
import { validationOf } from "../../data/validation.ts";
import { noScale } from "../../data/scale.ts";
import { createEngine, type EngineOptions } from "../../engine/engine.ts";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import { planOf, reasonsForNone } from "../../experiments/plan.ts";
import { checkTables } from "../../experiments/tables.ts";
import { checksumOf } from "../../files/checksums.ts";
import { makeFolder } from "../../files/files.ts";
import type { Context } from "../../jobs/context.ts";
import type { JobId, WeightsFile } from "../../jobs/jobs.ts";
import { recordLeftOut } from "../../jobs/left_out.ts";
import { networkFor } from "../../networks/by_name.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import type { Network } from "../../networks/network.ts";
import { readWeights } from "../../networks/safetensors.ts";
import type { Weights } from "../../networks/weights.ts";
import { tellOfScale } from "../shared/accuracy_by_scale.ts";
import { notesOf } from "../shared/model_file.ts";
import { datasetsOf, leftOutOf, testPixelsOf } from "./datasets.ts";
import { listJobs } from "./list_jobs.ts";
import { help, readOptions, type ReproduceOptions } from "./options.ts";
import { runChosen } from "./run_chosen.ts";
import { submitJobs } from "./submit_jobs.ts";
import { trainedModels } from "./trained_models.ts";
import { noteOf, readUnknown } from "./unknown_network.ts";

/** `reproduce`: runs experiments and writes their tables and report. Returns the exit code. */
export async function reproduce(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<number> {
  const options = await readOptions(args, ranks);
  if (!options) {
    console.log(help);
    return 0;
  }
  const { profile, imageSize } = options;
  const datasets = await datasetsOf(options);
  const datasetOf = (name: string) => datasets.get(imageScaleOf(name))!.dataset;
  const dataset = datasetOf(options.networks[0]!);
  const unknown = options.unknown && await readUnknown(options.unknown, dataset);
  if (unknown) console.error(`note: ${noteOf(unknown, dataset.title)}`);
  const networkOf = networksFor(datasetOf, unknown?.model.network);
  const networks = new Map(options.networks.map((name) => [name, networkOf(name)]));
  const given = unknown ? undefined : await weightsOf(options, networks);
  const weights = unknown?.weights ?? given?.file;
  const reference = unknown?.model.weights ?? given?.weights;
  await using engine = await createEngine(options.engine);
  const trained = await trainedModels(options, networks);
  const plan = planOf({ ...options, weights, trained }, { dataset, engine, imageSize });
  const folderOf = ({ id }: JobId) => `${options.out}/runs/${id}`;
  if (plan.jobs.length === 0) {
    const reasons = reasonsForNone({ ...options, weights }).join("; ");
    throw new UserError(`planning the jobs: expected at least one, got none: ${reasons}`, 2);
  }
  if (options.list) return await listJobs(plan.jobs, folderOf, options);
  if (options.slurm) {
    console.log(await submitJobs(plan.jobs, folderOf, options.slurm, options));
    return 0;
  }
  if (unknown) {
    const { plain, scale } = unknown;
    await tellOfScale(engine, { plain, scale, dataset, split: dataset.test, within: "pixels" });
  }
  await makeFolder(options.out);
  await checkTables(options.out);
  return await runChosen(plan, options, {
    engine,
    dataset,
    datasetOf,
    epochTestImages: Math.min(profile.epochTestImages ?? Infinity, dataset.test.count),
    pixelsOf: (name) =>
      unknown
        ? Promise.resolve({ test: dataset.test, scale: noScale })
        : testPixelsOf(options, name),
    validation: once(() => validationOf(dataset)),
    networkOf,
    ...(reference ? { reference } : {}),
    folderOf,
    recordLeftOut: (out) => recordLeftOut(out, dataset.checksum, leftOutOf([...datasets.values()])),
  });
}

/** The networks for the datasets, or the one of an ONNX file; each is made once. */
function networksFor(
  datasetOf: (name: string) => Dataset,
  unknown: Network | undefined,
): Context["networkOf"] {
  const made = new Map<string, Network>();
  return (name, statistics = "running") => {
    const key = `${name} ${statistics}`;
    const network = made.get(key) ?? unknown ?? networkFor(name, datasetOf(name), { statistics });
    made.set(key, network);
    return network;
  };
}

/** Reads the file of --weights before anything is run. */
async function weightsOf(
  { weightsFile: path, rename, networks: [name] }: ReproduceOptions,
  networks: ReadonlyMap<string, Network>,
): Promise<{ file: WeightsFile; weights: Weights } | undefined> {
  if (!path) return undefined;
  const map = rename ? { rename } : {};
  const options = { ...map, onNote: notesOf(path) };
  const weights = await readWeights(path, networks.get(name!)!, options);
  return { file: { path, sha256: checksumOf(await readFile(path)), ...map }, weights };
}

/** A value that is made at the first call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
