import { methodNames } from "../methods.ts";
import { type ExperimentName, usualExperimentNames } from "../experiments.ts";
import type { Extent } from "../../jobs/jobs.ts";
import { type NetworkSchedules, withEpochs as withEpochsOf } from "../../jobs/schedule.ts";

/** How much of an experiment to run. */
export interface Profile extends Extent {
  readonly name: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Experiments that it runs unless others are named. */
  readonly experiments: readonly ExperimentName[];
  /** Methods that it compares unless others are named. */
  readonly methods: readonly string[];
  /** Networks that it trains unless others are named. */
  readonly networks: readonly string[];
  /** Seeds that it runs unless others are named. */
  readonly seeds: readonly number[];
  /** Training images used, the first ones; all when left out. */
  readonly trainImages?: number;
  /** Test images used, the first ones; all when left out. */
  readonly testImages?: number;
  /** How many epochs fine-tuning has where they were named, whatever the profile's own. */
  readonly epochs?: number;
}

// The authors' code fine-tunes MNIST networks at 5e-4 for five epochs and halves the rate for the last.
const reference = { learningRate: 1e-3, lastFifth: 0.1 };
const fineTuning = { learningRate: 5e-4, lastFifth: 0.5 };

/**
 * What `quick` and `paper` share, so that their jobs have the same ids and one goes on from the other. Both attack all test
 * images after every epoch: Figure 2 depends on how many.
 */
const paperScale = {
  strongImages: 2000,
  reference: { ...reference, epochs: 20 },
  fineTuning: { ...fineTuning, epochs: 5 },
};

/** The profiles by name, on MNIST. */
export const profiles: Readonly<Record<string, Profile>> = {
  smoke: {
    name: "smoke",
    purpose: "a minute: 1,000 training images, to see that everything works",
    experiments: ["table1", "figure2"],
    methods: methodNames,
    networks: ["mlp"],
    seeds: [0],
    trainImages: 1000,
    testImages: 500,
    epochTestImages: 200,
    strongImages: 100,
    reference: { ...reference, epochs: 10 },
    fineTuning: { ...fineTuning, epochs: 3 },
  },
  quick: {
    name: "quick",
    purpose: "some minutes: the paper's MLP rows at the paper's own scale, one seed",
    experiments: ["table1", "figure2"],
    methods: ["reference", "parseval", "adv_train_1", "deep_defense"],
    networks: ["mlp"],
    seeds: [0],
    ...paperScale,
  },
  paper: {
    name: "paper",
    purpose: "everything at the paper's own scale, three seeds: hours",
    experiments: usualExperimentNames,
    methods: methodNames,
    networks: ["mlp", "lenet"],
    seeds: [0, 1, 2],
    ...paperScale,
  },
};

/** A profile that fine-tunes for so many epochs: the rate falls in the last fifth of them. */
export function withEpochs(profile: Profile, epochs: number): Profile {
  const cut = (schedules: NetworkSchedules): NetworkSchedules => ({
    reference: schedules.reference,
    fineTuning: withEpochsOf(schedules.fineTuning, epochs),
  });
  const schedules = Object.entries(profile.schedules ?? {}).map(([name, own]) =>
    [name, cut(own)] as const
  );
  return {
    ...profile,
    epochs,
    ...cut(profile),
    ...(profile.schedules ? { schedules: Object.fromEntries(schedules) } : {}),
  };
}
