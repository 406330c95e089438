import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { checksumOfJson, type Json } from "../files/checksums.ts";
import { type Method, type MethodSettings, unknownOn } from "./method.ts";
import {
  learningRates,
  type NetworkSchedules,
  type Schedule,
  type SgdSettings,
} from "./schedule.ts";

/** Raised whenever the same settings give other results than before. */
export const algorithm = 3;

export type { Json } from "../files/checksums.ts";

/** The name of a job and of its folder. */
export interface JobId {
  readonly id: string;
}

/** The fields of all jobs. */
interface JobBase extends JobId {
  /**
   * The hash of everything that its results depend on. The number of workers is recorded but not hashed: with another number, steps agree to
   * rounding, and it is still the same experiment.
   */
  readonly id: string;
  /** The settings that are hashed. */
  readonly settings: { readonly [key: string]: Json };
  readonly network: string;
  readonly method: string;
  readonly seed: number;
}

/** Trains one network and attacks it with DeepFool. */
export interface TrainJob extends JobBase {
  readonly kind: "train";
  readonly learningRates: readonly number[];
  readonly sgd: SgdSettings;
  /** The method's; 1 for a reference. */
  readonly epochWork: number;
  /** Makes the method's defense; none for a reference. */
  readonly defense?: Method["defense"];
  /** The method's settings; none for a reference. */
  readonly variation: MethodSettings;
  /** The settings that differ from the method's own. */
  readonly changes: MethodSettings;
  /** Whether it is trained and measured on a split of the training images, to choose settings. */
  readonly validation?: boolean;
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

/** Attacks a trained network with attacks that no training used. */
export interface StrongJob extends JobBase {
  readonly kind: "strong";
  readonly model: TrainJob;
  /** The measurement of the Deep Defense network, whose eps_ref and distances set the strengths. */
  readonly ruler: SignJob;
  /** How many test images. */
  readonly images: number;
}

/** Tries the adversarial examples of each of a seed's networks on all of them. */
export interface TransferJob extends JobBase {
  readonly kind: "transfer";
  readonly models: readonly TrainJob[];
  readonly ruler: SignJob;
  readonly images: number;
}

/** The radii of balls, in pixels 0-255. */
export interface Radii {
  /** In l-infinity. */
  readonly linf: number;
  /** In l2. */
  readonly l2: number;
}

/** Attacks a trained network with AutoAttack, and with attacks that look for the smallest perturbation, in pixels. */
export interface AutoAttackJob extends JobBase {
  readonly kind: "auto_attack";
  readonly model: TrainJob;
  /** AutoAttack's balls. */
  readonly radii: Radii;
  /** How many test images, the first ones. */
  readonly images: number;
}

/** A unit of work with results of its own. */
export type Job = TrainJob | SignJob | StrongJob | TransferJob | AutoAttackJob;

/** The kinds of job. */
export type JobKind = Job["kind"];

/** The jobs of a kind. */
export type JobOf<Kind extends JobKind> = Extract<Job, { readonly kind: Kind }>;

/** The circumstances that results depend on. */
export interface Circumstances {
  readonly dataset: Dataset;
  readonly engine: Pick<Engine, "backend" | "device">;
  /** The side of photos, where it is not the networks' usual one. */
  readonly imageSize?: number | undefined;
}

/** Weights from a file, with the file's hash. */
export interface WeightsFile {
  readonly path: string;
  readonly sha256: string;
  /** How pixels become the inputs of a network from an ONNX file; one of the project's networks unless given. */
  readonly scale?: string;
  /** A map from the file's names to the network's; none unless given. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** A trained network in a file. */
export interface TrainedFile extends WeightsFile {
  readonly network: string;
  readonly method: string;
  readonly seed: number;
}

/** How much jobs train and measure. */
export interface JobExtent extends NetworkSchedules {
  /** The schedules of networks that are trained differently, by network. */
  readonly schedules?: Readonly<Record<string, NetworkSchedules>>;
  /** Test images that are attacked after every epoch; all when left out. */
  readonly epochTestImages?: number;
  /** How many test images, the first ones, are attacked by the attacks that no training used. */
  readonly strongImages: number;
}

/** The parts of a job besides its network, method and seed. */
export interface JobOptions {
  readonly extent: JobExtent;
  readonly circumstances: Circumstances;
  /** The reference's weights, if they are not trained. */
  readonly weights?: undefined | WeightsFile;
  /** Networks that are not trained but taken from files. */
  readonly trained?: undefined | readonly TrainedFile[];
  /** Whether to hold out training images and measure on those. */
  readonly validation?: boolean;
}

/** A job that trains a reference network, or takes it from a file. */
export function referenceJob(network: string, seed: number, options: JobOptions): TrainJob {
  const { extent, weights, validation } = options;
  const schedule = weights ? untrained : (extent.schedules?.[network] ?? extent).reference;
  const rates = learningRates(schedule);
  const source: { [key: string]: Json } = weights
    ? {
      weights_sha256: weights.sha256,
      ...(weights.scale ? { scale: weights.scale } : {}),
      ...(weights.rename ? { rename: weights.rename } : {}),
    }
    : { learning_rates: rates };
  const settings = {
    ...source,
    ...shared(options),
    ...sgdSettings(schedule),
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
    sgd: schedule,
    epochWork: 1,
    variation: {},
    changes: {},
    ...(validation ? { validation } : {}),
  } as const;
  return weights ? { ...job, weightsFile: weights.path } : job;
}

/** A job that fine-tunes a parent's network by a method, with the method's settings except those given. */
export function fineTuningJob(
  method: Method,
  parent: TrainJob,
  options: JobOptions,
  change: MethodSettings = {},
): TrainJob {
  const { extent, validation, weights, circumstances } = options;
  const { network, seed } = parent;
  const own = method.settings(weights?.scale ? unknownOn(circumstances.dataset.id) : network);
  const variation = { ...own, ...change };
  const changes = Object.entries(variation).filter(([key, value]) => own[key] !== value);
  const schedule = (extent.schedules?.[network] ?? extent).fineTuning;
  const rates = learningRates(schedule);
  const settings = {
    ...shared(options),
    ...sgdSettings(schedule),
    network,
    method: method.id,
    seed,
    learning_rates: rates,
    defense: variation,
    parent: parent.id,
  };
  return {
    kind: "train",
    id: idOf(settings),
    settings,
    network,
    method: method.id,
    seed,
    learningRates: rates,
    sgd: schedule,
    epochWork: method.epochWork,
    defense: method.defense,
    variation,
    changes: Object.fromEntries(changes),
    ...(validation ? { validation } : {}),
    parent,
  };
}

/** Attacks a model with the fast gradient sign, at fractions of a ruler's eps_ref or of its own. */
export function signJob(model: TrainJob, ruler?: SignJob): SignJob {
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

/** Attacks a model with attacks that no training used. */
export function strongJob(
  model: TrainJob,
  ruler: SignJob,
  options: JobOptions,
): StrongJob {
  const { network, method, seed } = model;
  const images = strongImagesOf(options);
  const settings = { algorithm, attack: "strong", model: model.id, ruler: ruler.id, images };
  return {
    kind: "strong",
    id: idOf(settings),
    settings,
    network,
    method,
    seed,
    model,
    ruler,
    images,
  };
}

/** Tries models' adversarial examples on one another; they share network and seed. */
export function transferJob(
  models: readonly TrainJob[],
  ruler: SignJob,
  options: JobOptions,
): TransferJob {
  const { network, seed } = ruler;
  const images = strongImagesOf(options);
  const ids = models.map(({ id }) => id);
  const settings = { algorithm, attack: "transfer", models: ids, ruler: ruler.id, images };
  const method = models.map((model) => model.method).join("+");
  return {
    kind: "transfer",
    id: idOf(settings),
    settings,
    network,
    method,
    seed,
    models,
    ruler,
    images,
  };
}

/** How many test images strong attacks are made on. */
function strongImagesOf({ extent, circumstances: { dataset } }: JobOptions): number {
  return Math.min(extent.strongImages, dataset.test.count);
}

/** Takes a network that some method trained from a file. */
export function trainedJob(file: TrainedFile, options: JobOptions): TrainJob {
  const job = referenceJob(file.network, file.seed, { ...options, weights: file });
  const settings = { ...job.settings, method: file.method };
  return { ...job, id: idOf(settings), settings, method: file.method };
}

/** Attacks a model with AutoAttack and for the smallest perturbation. */
export function autoAttackJob(model: TrainJob, radii: Radii, images: number): AutoAttackJob {
  const { network, method, seed } = model;
  const settings = {
    algorithm,
    attack: "auto_attack",
    model: model.id,
    images,
    radius_linf: radii.linf,
    radius_l2: radii.l2,
  };
  return {
    kind: "auto_attack",
    id: idOf(settings),
    settings,
    network,
    method,
    seed,
    model,
    radii,
    images,
  };
}

/** The schedule of weights from a file. */
const untrained: Schedule = { phases: [] };

/** The optimiser's settings in a schedule; unused ones are omitted. */
function sgdSettings(
  { weightDecay = 5e-4, rateMultipliers, flips, statistics }: SgdSettings,
): { [key: string]: Json } {
  return {
    weight_decay: weightDecay,
    ...(rateMultipliers ? { rate_multipliers: { ...rateMultipliers } } : {}),
    ...(flips ? { flips } : {}),
    ...(statistics ? { statistics } : {}),
  };
}

/** The settings that all training jobs of a profile share. */
function shared({ extent, circumstances, validation }: JobOptions): { [key: string]: Json } {
  const { dataset, engine, imageSize } = circumstances;
  return {
    algorithm,
    dataset: dataset.id,
    checksum: dataset.checksum,
    ...(imageSize ? { image_size: imageSize } : {}),
    train_images: dataset.train.count,
    test_images: dataset.test.count,
    epoch_test_images: Math.min(extent.epochTestImages ?? dataset.test.count, dataset.test.count),
    ...(validation ? { validation, judge: "pgd" } : {}),
    batch: 100,
    momentum: 0.9,
    backend: engine.backend,
    device: engine.device,
  };
}

/** The first 16 hexadecimal digits of the settings' hash; the order of keys does not matter. */
export function idOf(settings: Json): string {
  return checksumOfJson(settings).slice(0, 16);
}
