import {
  fineTuningJob,
  type Job,
  type JobOptions,
  referenceJob,
  type SignJob,
  signJob,
  trainedJob,
  type TrainJob,
} from "../jobs/jobs.ts";
import type { MethodSettings } from "../jobs/method.ts";
import { methodOf } from "./methods.ts";

/** The network of Figures 3 and 4 and of the ablations. */
const studied = "lenet";

/** The models to train: each network by each method with each seed. */
export interface ChosenModels {
  readonly networks: readonly string[];
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
}

/** Makes a selection's jobs, each once, and each after the jobs it depends on. */
export interface Planner {
  readonly selection: ChosenModels;
  readonly options: JobOptions;
  readonly jobs: Map<string, Job>;
}

/** Plans a job, unless it is planned already. */
export function planJob<J extends Job>({ jobs }: Planner, job: J): J {
  if (!jobs.has(job.id)) jobs.set(job.id, job);
  return job;
}

/** Plans a network trained by a method, after the reference that it starts from; one that is in a file is taken from there. */
export function addModel(
  planner: Planner,
  network: string,
  seed: number,
  method: string,
  change?: MethodSettings,
): TrainJob {
  const file = change
    ? undefined
    : planner.options.trained?.find((one) =>
      one.network === network && one.method === method && one.seed === seed
    );
  if (file) return planJob(planner, trainedJob(file, planner.options));
  const parent = planJob(planner, referenceJob(network, seed, planner.options));
  if (method === "reference") return parent;
  return planJob(planner, fineTuningJob(methodOf(method), parent, planner.options, change));
}

/** All pairs of a network and a seed. */
export function pairs({ selection: { networks, seeds } }: Planner) {
  return networks.flatMap((network) => seeds.map((seed) => [network, seed] as const));
}

/** Collects what `make` gives for the models of each network and seed, with the measurement that sets attacks' strengths. */
export function families<T>(
  planner: Planner,
  make: (model: TrainJob, ruler: SignJob) => T,
): T[][] {
  return pairs(planner).map(([network, seed]) => {
    const ruler = planJob(planner, signJob(addModel(planner, network, seed, "deep_defense")));
    return planner.selection.methods.map((method) =>
      make(addModel(planner, network, seed, method), ruler)
    );
  });
}

/**
 * Plans Deep Defense on the studied network with other settings: all of them with the first seed, those that are `repeated`
 * with the other seeds, too. Nothing where that network is not selected.
 */
export function addStudies(
  planner: Planner,
  settings: readonly MethodSettings[],
  repeated: readonly MethodSettings[] = [],
): TrainJob[] {
  const { networks, seeds } = planner.selection;
  if (!networks.includes(studied)) return [];
  return seeds.flatMap((seed, i) =>
    (i === 0 ? settings : repeated)
      .map((change) => addModel(planner, studied, seed, "deep_defense", change))
  );
}

/** Why a selection has no studies. */
export function reasonForNoStudies({ networks }: ChosenModels): string {
  return `is about the network ${studied}, not about ${networks.join(", ")}`;
}
