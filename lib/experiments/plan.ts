import {
  type Circumstances,
  fineTuningJob,
  type Job,
  type JobOptions,
  referenceJob,
  type SignJob,
  signJob,
  type StrongJob,
  strongJob,
  type TrainJob,
  type TransferJob,
  transferJob,
  type WeightsFile,
} from "../jobs/jobs.ts";
import type { MethodSettings } from "./methods.ts";
import type { Profile } from "./profiles.ts";
import { candidates } from "./search.ts";

/** What to run. */
export interface Selection {
  readonly profile: Profile;
  /** Identifiers of `experimentNames`. */
  readonly experiments: readonly string[];
  readonly networks: readonly string[];
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  /** Reference weights from a file instead of trained ones. */
  readonly weights?: undefined | WeightsFile;
}

/** A model of the ablations and what it is called there. */
export interface Ablation {
  readonly name: string;
  readonly model: TrainJob;
}

/** The jobs of the chosen experiments, every job behind those it depends on, and the models of each experiment. */
export interface Plan {
  readonly jobs: readonly Job[];
  readonly table1: readonly TrainJob[];
  readonly figure2: readonly TrainJob[];
  readonly figure3: readonly TrainJob[];
  readonly figure4: readonly TrainJob[];
  readonly ablations: readonly Ablation[];
  /** The settings that are tried, and their references, on held-out training images. */
  readonly search: readonly TrainJob[];
  /** Table 1's models under attacks that no training used. */
  readonly robustness: readonly StrongJob[];
  /** Table 1's models under one another's examples. */
  readonly transfer: readonly TransferJob[];
}

/** The methods whose convergence Figure 2 shows. */
const figure2Methods = ["clean", "parseval", "adv_train_1", "deep_defense"];

/** The network of Figures 3 and 4 and of the ablations. */
const studied = "lenet";

/** The hyper-parameters of Figure 3; d is 5. */
const figure3Settings: readonly MethodSettings[] = [5, 15, 25].flatMap((lambda) =>
  [5, 10, 15, 20, 25, 30, 35, 40, 45].map((c) => ({ lambda, c }))
);

/** The layers of Figure 4 with its c; lambda is 15 and d is 5. */
const figure4Settings: readonly MethodSettings[] = ["conv1", "conv2", "fc1", "fc2"].flatMap(
  (layer) => [5, 15, 25, 35, 45].map((c) => ({ layer, c })),
);

/** What the text claims of its choices, each changed alone. */
const ablationSettings: Readonly<Record<string, MethodSettings>> = {
  baseline: {},
  linear: { shape: "linear" },
  linear_matched: { shape: "linear", lambda: "matched" },
  wrong_like_right: { wrong: "away" },
  iterations_1: { iterations: 1 },
  iterations_2: { iterations: 2 },
  iterations_3: { iterations: 3 },
  iterations_4: { iterations: 4 },
  p_inf: { p: "inf", c: "matched" },
};

/** Makes a selection's jobs, each once, in an order in which every job stands behind those it needs. */
interface Planner {
  readonly selection: Selection;
  readonly options: JobOptions;
  readonly jobs: Map<string, Job>;
}

/**
 * Plans a selection. A seed trains its own reference; every method of the seed starts from it; and, where the sign attack is
 * measured, eps_ref comes from the seed's Deep Defense network, which is trained for it if need be. Figures 3 and 4,
 * the ablations and the search take the first seed. Jobs that experiments share are run once.
 */
export function planOf(selection: Selection, circumstances: Circumstances): Plan {
  const { profile, weights, experiments } = selection;
  const options = { profile, circumstances, weights };
  const planner = { selection, options, jobs: new Map<string, Job>() };
  const chosen = <T>(name: string, plan: (planner: Planner) => T[]) =>
    experiments.includes(name) ? plan(planner) : [];
  return {
    table1: chosen("table1", planTable1),
    robustness: chosen("robustness", planRobustness),
    transfer: chosen("transfer", planTransfer),
    figure2: chosen("figure2", planFigure2),
    figure3: chosen("figure3", (planner) => studies(planner, figure3Settings)),
    figure4: chosen("figure4", (planner) => studies(planner, figure4Settings)),
    ablations: chosen("ablations", planAblations),
    search: chosen("search", planSearch),
    jobs: [...planner.jobs.values()],
  };
}

/** Why a selection plans no jobs: what each experiment lacks. */
export function reasonsForNone({ experiments, networks, methods }: Selection): string[] {
  return experiments.map((name) =>
    name === "figure2"
      ? `${name} is of the methods ${figure2Methods.join(", ")}, not of ${methods.join(", ")}`
      : `${name} is of the network ${studied}, not of ${networks.join(", ")}`
  );
}

function add<J extends Job>({ jobs }: Planner, job: J): J {
  if (!jobs.has(job.id)) jobs.set(job.id, job);
  return job;
}

/** A network trained by a method, behind the reference that it starts from. */
function model(
  planner: Planner,
  network: string,
  seed: number,
  method: string,
  change?: MethodSettings,
): TrainJob {
  const parent = add(planner, referenceJob(network, seed, planner.options));
  if (method === "reference") return parent;
  return add(planner, fineTuningJob(method, parent, planner.options, change));
}

/** Every network with every seed. */
function pairs({ selection: { networks, seeds } }: Planner) {
  return networks.flatMap((network) => seeds.map((seed) => [network, seed] as const));
}

/** What is made of every network and seed's models, each in turn, and the measurement that sets attacks' strengths. */
function families<T>(planner: Planner, make: (model: TrainJob, ruler: SignJob) => T): T[][] {
  return pairs(planner).map(([network, seed]) => {
    const ruler = add(planner, signJob(model(planner, network, seed, "deep_defense")));
    return planner.selection.methods.map((method) =>
      make(model(planner, network, seed, method), ruler)
    );
  });
}

function planTable1(planner: Planner): TrainJob[] {
  return families(planner, (one, ruler) => {
    if (one.id !== ruler.model.id) add(planner, signJob(one, ruler));
    return one;
  }).flat();
}

function planRobustness(planner: Planner): StrongJob[] {
  return families(planner, (one, ruler) => add(planner, strongJob(one, ruler, planner.options)))
    .flat();
}

function planTransfer(planner: Planner): TransferJob[] {
  return families(planner, (one, ruler) => ({ one, ruler })).map((family) => {
    const models = family.map(({ one }) => one);
    return add(planner, transferJob(models, family[0]!.ruler, planner.options));
  });
}

function planFigure2(planner: Planner): TrainJob[] {
  const methods = planner.selection.methods.filter((method) => figure2Methods.includes(method));
  return pairs(planner).flatMap(([network, seed]) =>
    methods.map((method) => model(planner, network, seed, method))
  );
}

/** Deep Defense on the studied network with other settings, if it is selected. */
function studies(planner: Planner, settings: readonly MethodSettings[]): TrainJob[] {
  const { networks, seeds } = planner.selection;
  if (!networks.includes(studied)) return [];
  return settings.map((change) => model(planner, studied, seeds[0]!, "deep_defense", change));
}

function planAblations(planner: Planner): Ablation[] {
  const models = studies(planner, Object.values(ablationSettings));
  const names = Object.keys(ablationSettings);
  return models.map((model, i) => ({ name: names[i]!, model }));
}

/** For every network a reference of its own on fewer images, and every method's candidates. */
function planSearch(planner: Planner): TrainJob[] {
  const { networks, seeds } = planner.selection;
  const held = { ...planner.options, validation: true };
  return networks.flatMap((network) => {
    const reference = referenceJob(network, seeds[0]!, held);
    const tried = Object.entries(candidates).flatMap(([method, settings]) =>
      settings.map((change) => fineTuningJob(method, reference, held, change))
    );
    return [reference, ...tried].map((job) => add(planner, job));
  });
}
