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
} from "./jobs.ts";
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

/**
 * Plans a selection. A seed trains its own reference; every method of the seed starts from it; and, where the sign attack is
 * measured, eps_ref comes from the seed's Deep Defense network, which is trained for it if need be. Figures 3 and 4 and
 * the ablations and the search take the first seed. Jobs that experiments share are run once.
 */
export function planOf(selection: Selection, circumstances: Circumstances): Plan {
  const { profile, experiments, networks, seeds, weights } = selection;
  const options = { profile, circumstances, weights };
  const jobs = new Map<string, Job>();
  const add = <J extends Job>(job: J): J => {
    if (!jobs.has(job.id)) jobs.set(job.id, job);
    return job;
  };
  const reference = (network: string, seed: number) => add(referenceJob(network, seed, options));
  const model = (network: string, seed: number, method: string, change?: MethodSettings) => {
    const parent = reference(network, seed);
    if (method === "reference") return parent;
    return add(fineTuningJob(method, parent, options, change));
  };
  const pairs = networks.flatMap((network) => seeds.map((seed) => [network, seed] as const));
  const ofAll = (methods: readonly string[]) =>
    pairs.flatMap(([network, seed]) => methods.map((method) => model(network, seed, method)));
  const ofStudied = (settings: readonly MethodSettings[]) =>
    networks.includes(studied)
      ? settings.map((change) => model(studied, seeds[0]!, "deep_defense", change))
      : [];
  const chosen = (name: string) => experiments.includes(name);

  /** What is made of every network and seed's models, each in turn, and the measurement that sets attacks' strengths. */
  const ofFamilies = <T>(name: string, make: (model: TrainJob, ruler: SignJob) => T): T[][] =>
    chosen(name)
      ? pairs.map(([network, seed]) => {
        reference(network, seed);
        const ruler = add(signJob(model(network, seed, "deep_defense")));
        return selection.methods.map((method) => make(model(network, seed, method), ruler));
      })
      : [];

  const table1 = ofFamilies("table1", (one, ruler) => {
    if (one.id !== ruler.model.id) add(signJob(one, ruler));
    return one;
  }).flat();
  const robustness = ofFamilies("robustness", (one, ruler) => add(strongJob(one, ruler, options)))
    .flat();
  const transfer = ofFamilies("transfer", (one, ruler) => ({ one, ruler })).map((family) =>
    add(transferJob(family.map(({ one }) => one), family[0]!.ruler, options))
  );
  const figure2 = chosen("figure2")
    ? ofAll(selection.methods.filter((method) => figure2Methods.includes(method)))
    : [];
  const figure3 = chosen("figure3") ? ofStudied(figure3Settings) : [];
  const figure4 = chosen("figure4") ? ofStudied(figure4Settings) : [];
  const changed = chosen("ablations") ? ofStudied(Object.values(ablationSettings)) : [];
  const ablations = Object.keys(ablationSettings).flatMap((name, i) =>
    changed[i] ? [{ name, model: changed[i] }] : []
  );
  const search = chosen("search")
    ? networks.flatMap((network) => searchJobs(network, seeds[0]!, options).map(add))
    : [];
  return {
    jobs: [...jobs.values()],
    table1,
    figure2,
    figure3,
    figure4,
    ablations,
    search,
    robustness,
    transfer,
  };
}

/** A reference of its own on fewer images, and every method's candidates. */
function searchJobs(network: string, seed: number, options: JobOptions): TrainJob[] {
  const held = { ...options, validation: true };
  const reference = referenceJob(network, seed, held);
  const tried = Object.entries(candidates).flatMap(([method, settings]) =>
    settings.map((change) => fineTuningJob(method, reference, held, change))
  );
  return [reference, ...tried];
}
