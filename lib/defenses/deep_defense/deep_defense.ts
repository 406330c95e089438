import { nearestStep, towardsStep } from "../../attacks/deepfool/deepfool_functions.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import type { Engine, FunctionPlan } from "../../engine/engine.ts";
import type { BySize } from "../../engine/executable.ts";
import { isFrom, isNorm, isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { UserError } from "../../engine/user_error.ts";
import type { PenaltyShape } from "../../losses/perturbation_penalty.ts";
import { type Network, trainedNames } from "../../networks/network.ts";
import type { Defense, ShardGradient, ShardOfStep } from "../defense.ts";
import { checkMixture, recordedMixture, type SignMixture } from "../step/loss_pass.ts";
import { lossFunctions, lossSettings, stepExchange } from "../step/loss_training.ts";
import { stepGradient } from "./deep_defense_functions.ts";
import type { DeepDefenseSettings } from "./deep_defense_routine.ts";

/** The parameters of Deep Defense; the defaults are the authors' for MNIST. */
export interface DeepDefenseOptions {
  /** The weight of the regulariser, lambda in Eq. 6; 15 unless given. */
  readonly lambda?: number;
  /** Scale of the penalty on samples predicted right, c in Eq. 6; 25 unless given. */
  readonly c?: number;
  /** Scale of the penalty on samples predicted wrong, d in Eq. 6; 5 unless given. */
  readonly d?: number;
  /** The norm of perturbations and inputs, in [1, inf]; 2 unless given. */
  readonly p?: number;
  /** DeepFool's iteration limit; 5 unless given. */
  readonly iterations?: number;
  /** DeepFool's overshoot, in [0, 3.4e38]; 0.02 unless given. */
  readonly overshoot?: number;
  /** How many of the strongest classes at x compete, the predicted one included; ten, or all of fewer, unless given. */
  readonly candidates?: number;
  /** The function R of Eq. 6; exponential unless given. */
  readonly shape?: PenaltyShape;
  /** Samples that are predicted wrong are attacked `towards` their label (Eq. 6), or `away` like those that are right; `towards` unless given. */
  readonly wrong?: "towards" | "away";
  /** The layer whose parameters the regulariser moves, by name (Figure 4); all unless given. */
  readonly layer?: string;
  /** The part of the loss under the fast gradient sign attack, to combine it with Adv. Train II; none unless given. */
  readonly mixture?: SignMixture;
}

/** How many classes compete unless another number is given. */
const usualCandidates = 10;

/**
 * Deep Defense: the cross-entropy plus the penalty of Eq. 6 on the norms of DeepFool's perturbations, whose
 * gradient flows through every iteration of the attack. Of an image of norm 0, which has no ratio ||Delta_x|| / ||x||, the
 * cross-entropy alone trains; so it is with one that is predicted wrong and needs so large a perturbation that d ||Delta_x|| / ||x|| is above 20.
 *
 * @throws {UserError} when an option lies outside its range.
 *
 * @example Fine-tune a classifier of points in the plane.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * const labels = Uint16Array.from({ length: 200 }, (_, i) => i % 2);
 * const images = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i) + (i % 4 < 2 ? 2 : -2));
 * const network = dd.defineNetwork({ name: "points", inputShape: [2], layers: dd.dense(2) });
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const weights = await dd.train(engine, network, { images, labels, count: 200 }, {
 *   start: network.init("my seed"),
 *   defense: dd.deepDefense({ lambda: 1, c: 5, d: 5 }),
 *   epochs: 1,
 *   learningRates: [0.01],
 *   onStep: ({ loss, regularizer }) => console.log(loss, regularizer),
 * });
 * console.log(weights);
 * ```
 */
export function deepDefense(
  {
    lambda = 15,
    c = 25,
    d = 5,
    p = 2,
    iterations = 5,
    overshoot = 0.02,
    candidates = usualCandidates,
    shape = "exponential",
    wrong = "towards",
    layer = "all",
    mixture,
  }: DeepDefenseOptions = {},
): Defense {
  const penalty = { lambda, c, d, p, iterations, overshoot, shape, wrong };
  checkOptions({ ...penalty, candidates });
  if (mixture) checkMixture("preparing Deep Defense", mixture);
  return {
    settings: {
      ...penalty,
      p: `${p}`,
      layer,
      ...(candidates === usualCandidates ? {} : { candidates }), // records of earlier versions have none
      ...(mixture ? recordedMixture(mixture) : {}),
    },
    load: (engine, network) => {
      const settings: DeepDefenseSettings = {
        ...lossSettings(network, mixture),
        ...penalty,
        regularized: parametersOf(network, layer),
        candidates: Math.min(candidates, network.classes),
      };
      return engine.load<DeepDefenseSettings, ShardOfStep, ShardGradient>(network, {
        functions: {
          ...lossFunctions(engine, network, mixture),
          ...attackFunctions(engine, network, settings),
        },
        module: new URL("./deep_defense_routine.ts", import.meta.url).href,
        export: "deepDefenseShard",
        settings,
        ...stepExchange(network),
      });
    },
  };
}

function checkOptions(
  { lambda, c, d, p, iterations, overshoot, shape, wrong, candidates }: Required<
    Omit<DeepDefenseOptions, "layer" | "mixture">
  >,
): void {
  const check = optionCheck("preparing Deep Defense");
  check(isFrom(lambda, 0), "lambda in [0, inf)", lambda);
  check(isFrom(c, 0), "c in [0, inf)", c);
  check(isFrom(d, 0), "d in [0, inf)", d);
  check(isNorm(p), "the norm p in [1, inf]", p);
  check(isWhole(iterations, 1, 65535), "iterations in 1-65535", iterations);
  check(isSingleFrom(overshoot, 0), "overshoot in [0, 3.4e38]", overshoot);
  check(isWhole(candidates, 2), "candidates a whole number from 2", candidates);
  check(["exponential", "linear"].includes(shape), "the shape exponential or linear", shape);
  check(["towards", "away"].includes(wrong), "wrong samples to go towards or away", wrong);
}

/** The functions of the attack's steps, for samples predicted right and wrong, and of the gradient back through them. */
function attackFunctions(
  engine: Engine,
  network: Network,
  { p, overshoot, regularized, candidates }: DeepDefenseSettings,
): Record<string, BySize<FunctionPlan>> {
  const geometry = { p, overshoot, masked: true };
  const nearest = { ...geometry, competitors: candidates - 1 };
  const sizes = chunkSizes(network, engine);
  return {
    nearest: forSizes(nearestStep, sizes.attack, nearest),
    towards: forSizes(towardsStep, sizes.towards, geometry),
    stepGradient: forSizes(stepGradient, sizes.gradient, { p, regularized, masked: true }),
  };
}

/** The names of a layer's trained parameters, or of all trained parameters. */
function parametersOf(network: Network, layer: string): string[] {
  const names = trainedNames(network);
  const own = names.filter((parameter) => layer === "all" || parameter.startsWith(`${layer}.`));
  if (own.length > 0) return own;
  throw new UserError(
    `training ${network.name} with Deep Defense: expected a layer with parameters (${
      names.join(", ")
    }), got ${layer}`,
    2,
  );
}
