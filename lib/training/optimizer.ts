import type { Arrays } from "../engine/executable.ts";
import type { Weights } from "../networks/weights.ts";

/** How gradients move weights: functions without state. The state is data of the same shapes as the parameters. */
export interface Optimizer {
  /**
   * The state before the first step.
   *
   * @param trained The parameters that are trained.
   */
  readonly init: (trained: Weights) => Weights;
  /**
   * Moves weights and state one step, in place. Weights without a state stay as they are.
   *
   * @param gradients The parts of the gradient; their sum is left in the first one.
   */
  readonly update: (
    weights: Arrays,
    state: Arrays,
    gradients: readonly Arrays[],
    learningRate: number,
  ) => void;
}
