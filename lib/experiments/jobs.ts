import { createHash } from "node:crypto";
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { fineTuning } from "./methods.ts";
import { learningRates, type Profile } from "./profiles.ts";

/** Raised whenever the same settings give other results than before. */
export const algorithm = 2;

/** Settings as plain data, as config.json holds them. */
export type Json = string | number | boolean | null | readonly Json[] | {
  readonly [key: string]: Json;
};

/** What all jobs have. */
interface JobBase {
  /** The hash of everything that its results depend on. */
  readonly id: string;
  /** What is hashed. */
  readonly settings: { readonly [key: string]: Json };
  readonly network: string;
  readonly method: string;
  readonly seed: number;
}

/** Trains one network and attacks it with DeepFool. */
export interface TrainJob extends JobBase {
  readonly kind: "train";
  readonly learningRates: readonly number[];
  /** The job whose network this one fine-tunes. */
  readonly parent?: TrainJob;
  /** The file that the network comes from, if it is not trained. */
  readonly weightsFile?: string;
}

/** Attacks a trained network with the fast gradient sign at fractions of eps_ref. */
export interface SignJob extends JobBase {
  readonly kind: "sign";
  readonly model: TrainJob;
  /** The measurement of the Deep Defense network, whose eps_ref counts; none when this is it. */
  readonly ruler?: SignJob;
}

/** A unit of work with results of its own. */
export type Job = TrainJob | SignJob;

/** What to run. */
export interface Selection {
  readonly profile: Profile;
  readonly networks: readonly string[];
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  /** Whether networks are attacked with the fast gradient sign too, as Table 1 needs; yes unless said otherwise. */
  readonly sign?: boolean;
  /** Reference weights from a file instead of trained, with the file's hash. */
  readonly weights?: undefined | { readonly path: string; readonly sha256: string };
}

/** What a job's results depend on besides its settings. */
export interface Circumstances {
  readonly dataset: Dataset;
  readonly engine: Pick<Engine, "backend" | "device" | "workers">;
}

/**
 * The jobs of a selection, every job behind those it depends on. A seed trains its own reference; every method of the
 * seed starts from it; and, where the sign attack is measured, eps_ref comes from the seed's Deep Defense network, which is trained for it if need be.
 */
export function jobsOf(selection: Selection, circumstances: Circumstances): Job[] {
  const { sign = true } = selection;
  const jobs = new Map<string, Job>();
  const add = <J extends Job>(job: J): J => (jobs.set(job.id, job), job);
  for (const network of selection.networks) {
    for (const seed of selection.seeds) {
      const reference = add(referenceJob(network, seed, selection, circumstances));
      const trained = (method: string) =>
        method === "reference"
          ? reference
          : fineTuningJob(method, reference, selection.profile, circumstances);
      const ruler = sign ? add(signJob(add(trained("deep_defense")))) : undefined;
      for (const method of selection.methods) {
        const model = add(trained(method));
        if (ruler && model.id !== ruler.model.id) add(signJob(model, ruler));
      }
    }
  }
  return [...jobs.values()];
}

function referenceJob(
  network: string,
  seed: number,
  selection: Selection,
  circumstances: Circumstances,
): TrainJob {
  const { profile, weights } = selection;
  const rates = weights ? [] : learningRates(profile.reference);
  const source: { [key: string]: Json } = weights
    ? { weights_sha256: weights.sha256 }
    : { learning_rates: rates };
  const settings = {
    ...source,
    ...shared(profile, circumstances),
    network,
    method: "reference",
    seed,
  };
  const job = {
    kind: "train",
    id: idOf(settings),
    settings,
    network,
    method: "reference",
    seed,
    learningRates: rates,
  } as const;
  return weights ? { ...job, weightsFile: weights.path } : job;
}

function fineTuningJob(
  method: string,
  parent: TrainJob,
  profile: Profile,
  circumstances: Circumstances,
): TrainJob {
  const rates = learningRates(profile.fineTuning);
  const { network, seed } = parent;
  const settings = {
    ...shared(profile, circumstances),
    network,
    method,
    seed,
    learning_rates: rates,
    defense: fineTuning[method]!().settings,
    parent: parent.id,
  };
  return {
    kind: "train",
    id: idOf(settings),
    settings,
    network,
    method,
    seed,
    learningRates: rates,
    parent,
  };
}

function signJob(model: TrainJob, ruler?: SignJob): SignJob {
  const { network, method, seed } = model;
  const settings = {
    algorithm,
    attack: "fast_gradient_sign",
    model: model.id,
    ruler: ruler?.id ?? null,
  };
  const job = { kind: "sign", id: idOf(settings), settings, network, method, seed, model } as const;
  return ruler ? { ...job, ruler } : job;
}

/** The settings that all training jobs of a profile share. */
function shared(profile: Profile, { dataset, engine }: Circumstances): { [key: string]: Json } {
  return {
    algorithm,
    dataset: dataset.id,
    checksum: dataset.checksum,
    train_images: dataset.train.count,
    test_images: dataset.test.count,
    epoch_test_images: Math.min(profile.epochTestImages ?? dataset.test.count, dataset.test.count),
    batch: 100,
    momentum: 0.9,
    weight_decay: 5e-4,
    backend: engine.backend,
    device: engine.device,
    workers: engine.workers,
  };
}

/** The first 16 hexadecimal digits of the settings' hash; the order of keys does not matter. */
function idOf(settings: Json): string {
  return createHash("sha256").update(canonical(settings)).digest("hex").slice(0, 16);
}

function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)}}`;
}
