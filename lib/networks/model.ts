import type { Network } from "./network.ts";
import type { Weights } from "./weights.ts";

/** A network and its parameters: what every attack, defense and metric takes. */
export interface Model {
  /** The network. */
  readonly network: Network;
  /** Its parameters, buffers among them. */
  readonly weights: Weights;
}
