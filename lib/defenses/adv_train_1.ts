import { shared } from "../engine/shared_memory.ts";
import type { Defense } from "./defense.ts";
import { cleanLoss, loadLossTraining } from "./loss_training.ts";

/** The parameters of Adv. Train I. */
export interface AdvTrain1Options {
  /** An adversarial example for every training input, in the inputs' order: [count, ...inputShape]. */
  readonly examples: Float32Array;
  /** How the examples were made, to be recorded. */
  readonly settings?: Readonly<Record<string, number | string>>;
}

/**
 * Adversarial training with a fixed set of examples (Moosavi-Dezfooli et al. 2016; the paper's Adv. Train I): half of
 * every batch are clean samples, the other half examples, made once by DeepFool from the network that
 * training starts with.
 */
export function advTrain1({ examples, settings = {} }: AdvTrain1Options): Defense {
  const ready = shared(examples);
  return {
    name: "adv_train_1",
    settings,
    load: async (engine, network) => {
      const run = await loadLossTraining(engine, network, cleanLoss);
      return (shards) => run(shards.map((shard) => ({ ...shard, examples: ready })));
    },
  };
}
