import { size } from "../engine/nd_array.ts";
import type { Network } from "../networks/network.ts";

/**
 * How many samples go through the reverse network together: so few that what they compute stays in a
 * core's cache, so many that products are worth their start. Measured: 10 for LeNet, 50 for the MLP.
 */
export function chunkSize({ parameters }: Network): number {
  const convolutional = Object.values(parameters).some((shape) => shape.length === 4);
  return convolutional ? 10 : 25;
}

/** Samples in a chunk of an ordinary training step: its gradient is as large for one sample as for many. */
export const cleanChunk = 50;

/** Attack iterations in a chunk of their vector-Jacobian products. */
export const backChunk = 25;

/** Numbers in one input of a network. */
export function inputLength({ inputShape }: Network): number {
  return size(inputShape);
}
