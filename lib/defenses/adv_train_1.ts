import { clean } from "./clean.ts";
import type { Defense } from "./defense.ts";

/** The parameters of Adv. Train I. */
export interface AdvTrain1Options {
  /** An adversarial example for every training input, in the inputs' order: [count, ...inputShape]. */
  readonly examples: Float32Array;
  /** How the examples were made, for the records; nothing unless given. */
  readonly settings?: Readonly<Record<string, number | string>>;
}

/**
 * Adversarial training with a fixed set of examples (Moosavi-Dezfooli et al. 2016; the paper's Adv. Train I): half of
 * every batch is clean samples, the other half is examples, made once by DeepFool on the network that
 * training starts with.
 */
export function advTrain1({ examples, settings = {} }: AdvTrain1Options): Defense {
  return { ...clean(), settings, examples };
}
