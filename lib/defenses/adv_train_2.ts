import type { Defense } from "./defense.ts";
import { checkMixture, recordedMixture, type SignMixture } from "./step/loss_pass.ts";
import { loadLossTraining } from "./step/loss_training.ts";

/**
 * Adversarial training with the fast gradient sign attack (Goodfellow et al. 2015; the paper's Adv. Train II), its
 * examples made anew in every step: a L(x) + (1 - a) L(x + epsilon sign(grad_x L)), where `share` is 1 - a.
 *
 * @throws {UserError} when the share or epsilon lies outside its range.
 */
export function advTrain2(mixture: SignMixture): Defense {
  checkMixture("preparing Adv. Train II", mixture);
  return {
    settings: recordedMixture(mixture),
    load: (engine, network) => loadLossTraining(engine, network, mixture),
  };
}
