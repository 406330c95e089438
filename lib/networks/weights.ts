import type { NDArray } from "../engine/nd_array.ts";

/** A network's parameters under PyTorch's names and in its layouts, in the network's order. */
export type Weights = Readonly<Record<string, NDArray>>;
