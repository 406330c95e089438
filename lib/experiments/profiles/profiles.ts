import { methodNames } from "../methods.ts";
import { type ExperimentName, usualExperimentNames } from "../experiments.ts";
import type { JobExtent } from "../../jobs/jobs.ts";
import { type NetworkSchedules, scheduleWithEpochs } from "../../jobs/schedule.ts";

/** How much of an experiment to run. */
export interface Profile extends JobExtent {
  readonly name: string;
  /** Its purpose, in a few words. */
  readonly purpose: string;
  /** Experiments that it runs by default. */
  readonly experiments: readonly ExperimentName[];
  /** Methods that it compares by default. */
  readonly methods: readonly string[];
  /** Networks that it trains by default. */
  readonly networks: readonly string[];
  /** Seeds that it runs by default. */
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
 * The settings that `quick` and `paper` share, so that their jobs have the same ids and one continues the other. Both attack all test
 * images after every epoch, since Figure 2 depends on their number.
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
    purpose: "a minute: 1,000 training images, to check that everything works",
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
    purpose: "minutes: the paper's MLP rows at the paper's own scale, one seed",
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

/** A profile with another number of epochs of fine-tuning: the rate falls in the last fifth of them. */
export function withEpochs(profile: Profile, epochs: number): Profile {
  const cut = (schedules: NetworkSchedules): NetworkSchedules => ({
    reference: schedules.reference,
    fineTuning: scheduleWithEpochs(schedules.fineTuning, epochs),
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
