import { size } from "../engine/nd_array.ts";
import type { Network } from "../networks/network.ts";

/**
 * How many samples go through the reverse network together, for every class: so few that what they compute stays in a
 * core's cache, so many that products are worth their start; and small chunks for what is left at the end.
 */
export function attackChunks({ parameters }: Network): readonly number[] {
  const convolutional = Object.values(parameters).some((shape) => shape.length === 4);
  return convolutional ? [10, 4] : [50, 20, 4];
}

/** Samples in a chunk of an attack towards given classes: few of a batch are predicted wrong. */
export const towardsChunks: readonly number[] = [4];

/** Samples in a chunk whose gradient in the parameters is taken: it is as large for one sample as for many. */
export const gradientChunks: readonly number[] = [50, 20, 4];

/** Samples in a chunk whose gradient in the input is taken, for one class or one loss. */
export const inputGradientChunks: readonly number[] = [50, 20, 4];

/** Samples in a chunk of a forward pass. */
export const forwardChunk = 50;

/** Numbers in one input of a network. */
export function inputLength({ inputShape }: Network): number {
  return size(inputShape);
}
