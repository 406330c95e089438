import type { Engine } from "../engine/engine.ts";
import { size } from "../engine/nd_array.ts";
import type { Network } from "../networks/network.ts";

/** How many samples are computed together; where there are several sizes, the small ones are for the remaining samples at the end. */
export interface ChunkSizes {
  /**
   * Through the reverse network, for every class: few enough to stay in a core's cache, and enough for
   * efficient products.
   */
  readonly attack: readonly number[];
  /** In an attack towards given classes: few of a batch are predicted wrong. */
  readonly towards: readonly number[];
  /** Where the gradient in the parameters is taken: it is as large for one sample as for many. */
  readonly gradient: readonly number[];
  /** The samples of a batch that are normalised together where batch normalisations use the batch's statistics. */
  readonly group: number;
  /** Where the gradient in the input is taken, for one class or one loss. */
  readonly inputGradient: readonly number[];
  /** In a forward pass. */
  readonly forward: number;
  /** Samples that a thread attacks before it reports progress: it keeps the states of their attacks. */
  readonly block: number;
}

const usual = {
  towards: [4],
  gradient: [50, 20, 4],
  group: 50,
  inputGradient: [50, 20, 4],
  forward: 50,
  block: 500,
};

/** TensorFlow is called operation by operation and rearranges the weights for every product: a chunk has a high fixed cost. */
const usualOfTensorflow = {
  towards: [10],
  gradient: [100, 40, 10],
  group: 50,
  inputGradient: [100, 40, 10],
  forward: 100,
  block: 500,
};

/** The chunk sizes for a network's layers and images on an engine. */
export function chunkSizes(network: Network, { backend }: Pick<Engine, "backend">): ChunkSizes {
  if (isLarge(network)) {
    return {
      attack: [2, 1],
      towards: [4, 2, 1],
      gradient: [8, 4, 2],
      group: 8,
      inputGradient: [8, 2],
      forward: 8,
      block: 16,
    };
  }
  const isConvolutional = Object.values(network.parameters).some((shape) => shape.length === 4);
  return backend === "tensorflow"
    ? { ...usualOfTensorflow, attack: isConvolutional ? [20] : [100, 40, 10] }
    : { ...usual, attack: isConvolutional ? [10, 4] : [50, 20, 4] };
}

/** Whether inputs are so large that one sample fills a cache: ImageNet's have 150,000 numbers, CIFAR-10's 3,072. */
export function isLarge(network: Network): boolean {
  return inputLength(network) > 20_000;
}

/** Numbers in one input of a network. */
export function inputLength({ inputShape }: Network): number {
  return size(inputShape);
}
