import { type NetworkSchedules, shortened } from "../../jobs/schedule.ts";
import type { Profile } from "./profiles.ts";

/** The authors' fine-tuning: the last fifth of the epochs at half the rate. */
const fineTuning = { epochs: 50, learningRate: 5e-4, lastFifth: 0.5 };

/**
 * How the paper's networks are trained on CIFAR-10: references after MatConvNet's examples "lenet" and "nin". The number of
 * epochs of fine-tuning is inferred from the paper's "last 10 epochs"; the authors flip there for NIN only.
 */
export const cifar10Schedules: Readonly<Record<string, NetworkSchedules>> = {
  convnet: {
    reference: {
      phases: [[30, 0.05], [10, 0.005], [5, 0.0005]],
      weightDecay: 1e-4,
      rateMultipliers: { weights: 0.1, biases: 2, last: 0.1 },
      flips: true,
    },
    fineTuning,
  },
  nin: {
    reference: {
      phases: [[1, 0.002], [1, 0.01], [1, 0.02], [60, 0.04], [10, 0.004], [10, 0.0004]],
      weightDecay: 5e-4,
      rateMultipliers: { weights: 1, biases: 10, last: 0.001 },
      flips: true,
    },
    fineTuning: { ...fineTuning, flips: true },
  },
};

/** How much of it a profile runs. */
interface Extent {
  /** The part of the epochs. */
  readonly part: number;
  readonly networks: readonly string[];
  readonly purpose?: string;
}

/** The short profiles' parts: fewer epochs, and no NIN, which costs eighteen times as much. */
const parts: Readonly<Record<string, Extent>> = {
  smoke: { part: 0.05, networks: ["convnet"] },
  quick: { part: 0.1, networks: ["convnet"], purpose: "ConvNet, a tenth of the paper's epochs" },
};

/** The other profiles' part. */
const whole: Extent = { part: 1, networks: ["convnet", "nin"] };

/** The experiments that make sense on CIFAR-10: the others are about LeNet, or try settings for MNIST's pixels. */
const experiments = ["table1", "figure2", "robustness", "transfer"];

/** Test images that are attacked after every epoch, at most: there are many epochs. */
const epochTestImages = 1000;

/** A profile on CIFAR-10: the paper's networks there, and their schedules. */
export function onCifar10(profile: Profile): Profile {
  const { part, networks, purpose = profile.purpose } = parts[profile.name] ?? whole;
  const schedules = Object.entries(cifar10Schedules).map(([name, { reference, fineTuning }]) =>
    [name, {
      reference: shortened(reference, part),
      fineTuning: shortened(fineTuning, part),
    }] as const
  );
  return {
    ...profile,
    experiments: profile.experiments.filter((name) => experiments.includes(name)),
    networks,
    purpose,
    epochTestImages: Math.min(profile.epochTestImages ?? epochTestImages, epochTestImages),
    schedules: Object.fromEntries(schedules),
  };
}
