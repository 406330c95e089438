import { attackChunks, gradientChunks, inputLength, towardsChunks } from "../attacks/chunk_size.ts";
import { forSizes } from "../attacks/chunks.ts";
import { nearestStep, towardsStep } from "../attacks/deepfool_functions.ts";
import type { PenaltyShape } from "../losses/perturbation_penalty.ts";
import type { DeepDefenseSettings } from "./deep_defense_routine.ts";
import type { Defense, ShardGradient, ShardOfStep } from "./defense.ts";
import { lossGradient, stepGradient } from "./gradient_functions.ts";

/** The parameters of Deep Defense; what is left out is what the authors used on MNIST. */
export interface DeepDefenseOptions {
  /** The weight of the regulariser, lambda in Eq. 6. */
  readonly lambda?: number;
  /** Scale of the penalty on samples predicted right, c in Eq. 6. */
  readonly c?: number;
  /** Scale of the penalty on samples predicted wrong, d in Eq. 6. */
  readonly d?: number;
  /** The norm of perturbations and inputs, in [1, inf]. */
  readonly p?: number;
  /** DeepFool's iteration limit. */
  readonly iterations?: number;
  /** DeepFool's overshoot. */
  readonly overshoot?: number;
  /** The function R of Eq. 6. */
  readonly shape?: PenaltyShape;
}

/**
 * Deep Defense: the cross-entropy plus the penalty of Eq. 6 on the norms of DeepFool's perturbations, whose
 * gradient flows through every iteration of the attack.
 */
export function deepDefense(
  { lambda = 15, c = 25, d = 5, p = 2, iterations = 5, overshoot = 0.02, shape = "exponential" }:
    DeepDefenseOptions = {},
): Defense {
  const penalty = { lambda, c, d, p, iterations, overshoot, shape };
  return {
    name: "deep_defense",
    settings: penalty,
    load: (engine, network) => {
      const settings: DeepDefenseSettings = {
        ...penalty,
        classes: network.classes,
        length: inputLength(network),
      };
      return engine.load<DeepDefenseSettings, ShardOfStep, ShardGradient>(
        network,
        JSON.stringify(penalty),
        () => ({
          functions: {
            ...forSizes("lossGradient", gradientChunks, (chunk) => lossGradient(network, chunk)),
            ...forSizes(
              "nearest",
              attackChunks(network),
              (chunk) => nearestStep(network, network.classes - 1, { chunk, p, overshoot }),
            ),
            ...forSizes(
              "towards",
              towardsChunks,
              (chunk) => towardsStep(network, { chunk, p, overshoot }),
            ),
            ...forSizes(
              "stepGradient",
              gradientChunks,
              (chunk) => stepGradient(network, chunk, p),
            ),
          },
          module: new URL("./deep_defense_routine.ts", import.meta.url).href,
          export: "deepDefenseShard",
          settings,
        }),
      );
    },
  };
}
