import { chunkSizes, inputLength } from "../compute/chunk_size.ts";
import { forSizes } from "../compute/chunk_function.ts";
import { checkInputs } from "../compute/check_inputs.ts";
import { notFiniteLogits } from "../compute/check_logits.ts";
import { logitsOf } from "../compute/predict_functions.ts";
import { arraysOf, runInBlocks } from "../compute/run_in_blocks.ts";
import type { Engine, FunctionPlan } from "../engine/engine.ts";
import type { BySize } from "../engine/executable.ts";
import { optionCheck } from "../engine/option_check.ts";
import { type Shard, shared } from "../engine/shared_memory.ts";
import type { Model } from "../networks/model.ts";
import type { AttackedRows, AttackSettings } from "./attack_routine.ts";
import type { AttackOptions, MinimumNormAttacked } from "./attacked.ts";
import { boundsOf } from "./within.ts";

/** An attack, ready to be run. */
export interface AttackRun<Settings, Rows> {
  /** What it is called, for messages. */
  readonly title: string;
  /** The compiled function that moves a sample on. */
  readonly step: BySize<FunctionPlan>;
  /** URL of the routine's module. */
  readonly module: string;
  /** The routine's name there. */
  readonly export: string;
  /** The routine's settings, besides the extents. */
  readonly settings: Omit<Settings, "classes" | "length">;
  /** The routine's arguments, besides the inputs. */
  readonly rows: Rows;
}

/**
 * Runs an attack on inputs, block by block.
 *
 * @param images [count, ...inputShape].
 * @throws {UserError} when weights, images, labels or targets, box and network do not fit, or a number of them or a logit is not
 * finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function runAttack<Settings extends AttackSettings, Rows extends object>(
  engine: Engine,
  model: Model,
  images: Float32Array,
  { title, step, module, export: name, settings, rows }: AttackRun<Settings, Rows>,
  { labels, targets, within, onProgress, signal }: AttackOptions,
): Promise<MinimumNormAttacked> {
  const { network, weights } = model;
  const doing = `attacking ${network.name} with ${title}`;
  optionCheck(doing)(!(labels && targets), "labels or targets", "both");
  const count = checkInputs(doing, model, images, targets ?? labels);
  const bounds = within && boundsOf(doing, within, images, inputLength(network));
  const goal = { labels, targets, bounds };
  const given = { ...rows, ...goal, weights: arraysOf(weights), images: shared(images) };
  const run = await engine.load<object, typeof given & Shard, AttackedRows>(network, {
    functions: { logits: forSizes(logitsOf, [chunkSizes(network, engine).forward], {}), step },
    module,
    export: name,
    settings: { ...settings, classes: network.classes, length: inputLength(network) },
    rows: { images: inputLength(network), labels: 1, targets: 1 },
  });
  const parts = await runInBlocks(engine, network, run, given, count, { onProgress, signal });
  const broken = parts.find(({ notFinite }) => notFinite !== undefined)?.notFinite;
  if (broken !== undefined) throw notFiniteLogits(doing, broken);
  return { count, ...joined(parts, count, inputLength(network)) };
}

/** Concatenates parts. */
function joined(
  parts: readonly AttackedRows[],
  count: number,
  length: number,
): Omit<MinimumNormAttacked, "count"> {
  const floats = (key: "perturbations" | "norms" | "ratios" | "earlierRatios", size = count) =>
    join(new Float32Array(size), parts.map((part) => part[key]));
  const wholes = (key: "iterations" | "predicted" | "fooledAs" | "fooled" | "zeroGradients") =>
    join(new Uint16Array(count), parts.map((part) => part[key]!));
  return {
    perturbations: floats("perturbations", count * length),
    norms: floats("norms"),
    ratios: floats("ratios"),
    earlierRatios: floats("earlierRatios"),
    iterations: wholes("iterations"),
    predicted: wholes("predicted"),
    fooledAs: wholes("fooledAs"),
    fooled: wholes("fooled"),
    ...(parts[0]?.zeroGradients ? { zeroGradients: wholes("zeroGradients") } : {}),
  };
}

function join<T extends Float32Array | Uint16Array>(all: T, parts: readonly T[]): T {
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
