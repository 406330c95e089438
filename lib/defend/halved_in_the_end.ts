/** A learning rate for every epoch: halved in the last fifth of them, at least in the last one. */
export function halvedInTheEnd(learningRate: number, epochs: number): number[] {
  const drop = epochs - Math.ceil(epochs / 5);
  return Array.from(
    { length: epochs },
    (_, epoch) => epoch < drop ? learningRate : learningRate / 2,
  );
}
