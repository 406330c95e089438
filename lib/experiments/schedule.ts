/** How a network is trained. */
export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  /** What the learning rate is multiplied with in the last fifth of the epochs. */
  readonly lastFifth: number;
}

/** The learning rate of every epoch. */
export function learningRates({ epochs, learningRate, lastFifth }: Schedule): number[] {
  const drop = epochs - Math.ceil(epochs / 5);
  return Array.from(
    { length: epochs },
    (_, epoch) => epoch < drop ? learningRate : learningRate * lastFifth,
  );
}
