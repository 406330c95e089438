/** How a network is trained. */
export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  /** What the learning rate is multiplied with in the last fifth of the epochs. */
  readonly lastFifth: number;
}

/** How much of an experiment to run. */
export interface Profile {
  readonly name: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Networks that it trains unless others are named. */
  readonly networks: readonly string[];
  /** Seeds that it runs unless others are named. */
  readonly seeds: readonly number[];
  /** Training images used, the first ones; all when left out. */
  readonly trainImages?: number;
  /** Test images used, the first ones; all when left out. */
  readonly testImages?: number;
  /** Test images that are attacked after every epoch; all when left out. */
  readonly epochTestImages?: number;
  readonly reference: Schedule;
  readonly fineTuning: Schedule;
}

// The authors' code fine-tunes MNIST networks at 5e-4 for five epochs and halves the rate for the last.
const reference = { learningRate: 1e-3, lastFifth: 0.1 };
const fineTuning = { learningRate: 5e-4, lastFifth: 0.5 };

/** The profiles by name. */
export const profiles: Readonly<Record<string, Profile>> = {
  smoke: {
    name: "smoke",
    purpose: "a minute: 1,000 training images, to see that everything works",
    networks: ["mlp"],
    seeds: [0],
    trainImages: 1000,
    testImages: 500,
    epochTestImages: 200,
    reference: { ...reference, epochs: 10 },
    fineTuning: { ...fineTuning, epochs: 3 },
  },
  quick: {
    name: "quick",
    purpose: "some minutes: all images, fewer epochs",
    networks: ["mlp", "lenet"],
    seeds: [0],
    epochTestImages: 1000,
    reference: { ...reference, epochs: 8 },
    fineTuning: { ...fineTuning, epochs: 3 },
  },
  paper: {
    name: "paper",
    purpose: "the paper's own scale, three seeds",
    networks: ["mlp", "lenet"],
    seeds: [0, 1, 2],
    reference: { ...reference, epochs: 20 },
    fineTuning: { ...fineTuning, epochs: 5 },
  },
};

/** The learning rate of every epoch. */
export function learningRates({ epochs, learningRate, lastFifth }: Schedule): number[] {
  const drop = epochs - Math.ceil(epochs / 5);
  return Array.from(
    { length: epochs },
    (_, epoch) => epoch < drop ? learningRate : learningRate * lastFifth,
  );
}
