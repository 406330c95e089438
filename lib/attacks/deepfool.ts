import type { Engine } from "../engine/engine.ts";
import { shared } from "../engine/shared_memory.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { badOption } from "./bad_option.ts";
import { countInputs, runInBlocks } from "./blocks.ts";
import { checkNumbers } from "./check_numbers.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { forSizes } from "./chunks.ts";
import { logitsOf, nearestStep, towardsStep } from "./deepfool_functions.ts";
import type { AttackedRows, AttackRows, AttackSettings } from "./deepfool_routine.ts";
import { arraysOf } from "./predict.ts";

/** How to run {@link deepfool}. */
export interface DeepFoolOptions {
  /** The norm that the perturbation keeps small, in [1, inf]. */
  readonly p?: number;
  /** The iteration limit, 1-65535. */
  readonly iterations?: number;
  /** How far to go beyond the boundary, relative to the perturbation, in [0, inf). */
  readonly overshoot?: number;
  /** How many of the strongest classes at x compete, the predicted one included; ten, or all of fewer, unless said otherwise. */
  readonly candidates?: number;
  /** A second, lower iteration limit to report ratios at, with no attack of its own. */
  readonly earlier?: number;
  /** Attack towards these classes, [count], instead of away from the predicted ones. */
  readonly towards?: Uint16Array;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Attacked samples, one entry each. */
export interface DeepFoolResult {
  /** How many samples. */
  readonly count: number;
  /** Delta_x, overshoot included, [count, ...inputShape]. */
  readonly perturbations: Float32Array;
  /** ||Delta_x||_p. */
  readonly norms: Float32Array;
  /** ||Delta_x||_p / ||x||_p; NaN where ||x||_p = 0. */
  readonly ratios: Float32Array;
  /** ||Delta_x||_p / ||x||_p as an attack with the iteration limit `earlier` leaves it; as `ratios` without one. */
  readonly earlierRatios: Float32Array;
  /** Iterations that each sample took. */
  readonly iterations: Uint16Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /** 1 where the attack reached its goal within the limit. */
  readonly fooled: Uint16Array;
}

/**
 * DeepFool (Moosavi-Dezfooli et al. 2016; Section 3.1, Eq. 1-2, for several classes and any p): the smallest
 * perturbation that changes a sample's prediction, found by stepping onto the nearest linearised boundary until
 * x + (1 + overshoot) sum r is on its other side. Every sample stops on its own.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws UserError when an option lies outside its range, the images do not fit the network, or a number is not finite.
 */
export async function deepfool(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
  options: DeepFoolOptions = {},
): Promise<DeepFoolResult> {
  const {
    p = 2,
    iterations = 50,
    overshoot = 0.02,
    candidates = Math.min(10, network.classes),
    earlier = iterations,
    towards,
    onProgress,
  } = options;
  checkOptions(network, { p, iterations, overshoot, candidates });
  const length = inputLength(network);
  const count = countInputs(network, images, towards);
  checkNumbers(network, weights, images);
  const settings: AttackSettings = {
    chunk: chunkSizes(network).forward,
    classes: network.classes,
    length,
    p,
    overshoot,
    iterations,
    earlier,
    candidates,
  };
  const attack = await loadAttack(engine, network, settings, towards !== undefined);
  const rows = { weights: arraysOf(weights), images: shared(images), towards };
  const parts = await runInBlocks(engine, network, attack, rows, count, onProgress);
  return joined(parts, count);
}

function loadAttack(engine: Engine, network: Network, settings: AttackSettings, towards: boolean) {
  const step = (chunk: number) =>
    towards
      ? towardsStep(network, { ...settings, chunk })
      : nearestStep(network, settings.candidates - 1, { ...settings, chunk });
  return engine.load<AttackSettings, AttackRows, AttackedRows>(
    network,
    `deepfool ${towards} ${Object.values(settings)}`,
    () => ({
      functions: {
        logits: logitsOf(network, settings.chunk),
        ...forSizes("step", chunkSizes(network).attack, step),
      },
      module: new URL("./deepfool_routine.ts", import.meta.url).href,
      export: "attackShard",
      settings,
    }),
  );
}

function checkOptions(
  network: Network,
  { p, iterations, overshoot, candidates }: Record<
    "p" | "iterations" | "overshoot" | "candidates",
    number
  >,
) {
  const fail = (name: string, range: string, came: number) => {
    throw badOption(network, "DeepFool", `${name} ${range}`, came);
  };
  if (!(p >= 1)) fail("the norm p", "in [1, inf]", p);
  if (!(Number.isInteger(iterations) && iterations >= 1 && iterations <= 65535)) {
    fail("iterations", "in 1-65535", iterations);
  }
  if (!(overshoot >= 0 && overshoot < Infinity)) fail("overshoot", "in [0, inf)", overshoot);
  if (!(Number.isInteger(candidates) && candidates >= 2 && candidates <= network.classes)) {
    fail("candidates", `in 2-${network.classes}`, candidates);
  }
}

function joined(parts: readonly AttackedRows[], count: number): DeepFoolResult {
  const floats = (key: "perturbations" | "norms" | "ratios" | "earlierRatios") => {
    const result = new Float32Array(parts.reduce((sum, part) => sum + part[key].length, 0));
    parts.reduce((at, part) => (result.set(part[key], at), at + part[key].length), 0);
    return result;
  };
  const wholes = (key: "iterations" | "predicted" | "fooledAs" | "fooled") =>
    Uint16Array.from(parts.flatMap((part) => [...part[key]]));
  return {
    count,
    perturbations: floats("perturbations"),
    norms: floats("norms"),
    ratios: floats("ratios"),
    earlierRatios: floats("earlierRatios"),
    iterations: wholes("iterations"),
    predicted: wholes("predicted"),
    fooledAs: wholes("fooledAs"),
    fooled: wholes("fooled"),
  };
}
