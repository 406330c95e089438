import { type NetworkSchedules, shortened } from "../../jobs/schedule.ts";
import type { Profile } from "./profiles.ts";

/**
 * How ImageNet's networks are trained. References should come from --weights; without it they are trained as torchvision
 * trains its AlexNet. ResNet-18 is trained more slowly, since its batch normalisations keep their initial statistics. For
 * fine-tuning, the paper gives the numbers of epochs, 10 and 1; the learning rates are our own choice, including the last fifth's.
 */
export const imagenetSchedules: Readonly<Record<string, NetworkSchedules>> = {
  alexnet: schedulesOf(5e-4, { epochs: 10, learningRate: 1e-4, lastFifth: 0.5 }),
  alexnet_torchvision: schedulesOf(5e-4, { epochs: 10, learningRate: 1e-4, lastFifth: 0.5 }),
  resnet18: schedulesOf(1e-4, { epochs: 1, learningRate: 1e-4, lastFifth: 1 }),
};

/**
 * How they are trained on photos of one size, `--image-size`: references from scratch, ResNet-18's with the statistics of
 * batches; photos are mirrored, and their squares are random. Fine-tuning is as on ImageNet.
 */
const photoSchedules: Readonly<Record<string, NetworkSchedules>> = {
  ...imagenetSchedules,
  resnet18: {
    reference: { epochs: 12, highest: 0.05, weightDecay: 5e-4, statistics: "batch" },
    fineTuning: imagenetSchedules.resnet18!.fineTuning,
  },
  alexnet_torchvision: {
    reference: { epochs: 15, highest: 0.01, weightDecay: 5e-4 },
    fineTuning: imagenetSchedules.alexnet_torchvision!.fineTuning,
  },
};

function schedulesOf(
  weightDecay: number,
  fineTuning: NetworkSchedules["fineTuning"],
): NetworkSchedules {
  const phases = [[30, 0.01], [30, 0.001], [30, 0.0001]] as const;
  return { reference: { phases, weightDecay }, fineTuning: { ...fineTuning, weightDecay } };
}

/** How much of ImageNet a profile runs; all where it is not listed. */
const parts: Readonly<
  Record<string, { trainImages: number; testImages: number; epochs: number; purpose: string }>
> = {
  smoke: {
    trainImages: 1000,
    testImages: 100,
    epochs: 0.02,
    purpose: "1,000 training and 100 validation images, to check that everything works",
  },
  quick: {
    trainImages: 10_000,
    testImages: 1000,
    epochs: 0.1,
    purpose: "10,000 training and 1,000 validation images, fewer epochs",
  },
};

/** The part that is run. */
const whole = { purpose: "the paper's epochs on all images: days on a CPU, see data/README.md" };

/** A profile on ImageNet: Table 1 with the paper's networks and methods there. */
export function onImagenet(profile: Profile): Profile {
  return withSchedules(profile, imagenetSchedules);
}

/** The same for photos of one size in folders, on which references are trained from scratch. */
export function onPhotosOfOneSize(profile: Profile): Profile {
  const { purpose, ...own } = withSchedules(profile, photoSchedules);
  return {
    ...own,
    purpose: parts[profile.name]
      ? purpose
      : "references from scratch, and the paper's epochs of fine-tuning, on all images",
    networks: ["resnet18"],
  };
}

function withSchedules(
  profile: Profile,
  all: Readonly<Record<string, NetworkSchedules>>,
): Profile {
  const { epochs = 1, ...extent } = parts[profile.name] ?? whole as Partial<typeof parts[string]>;
  const { trainImages: _train, testImages: _test, ...rest } = profile;
  const schedules = Object.entries(all).map(([name, { reference, fineTuning }]) =>
    [name, { reference: shortened(reference, epochs), fineTuning }] as const
  );
  return {
    ...rest,
    ...extent,
    experiments: ["table1"],
    methods: ["reference", "deep_defense"],
    networks: ["alexnet", "resnet18"],
    seeds: [0],
    epochTestImages: Math.min(profile.epochTestImages ?? 1000, 1000),
    schedules: Object.fromEntries(schedules),
  };
}
