import type { Defense } from "./defense.ts";
import { loadLossTraining } from "./step/loss_training.ts";

/** No defense: ordinary training on clean samples. */
export function clean(): Defense {
  return {
    settings: {},
    load: (engine, network) => loadLossTraining(engine, network),
  };
}
