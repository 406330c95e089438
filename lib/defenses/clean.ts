import type { Defense } from "./defense.ts";
import { cleanLoss, loadLossTraining } from "./loss_training.ts";

/** No defense: ordinary training on clean samples. */
export function clean(): Defense {
  return {
    name: "clean",
    settings: {},
    load: (engine, network) => loadLossTraining(engine, network, cleanLoss),
  };
}
