import {
  advanceAll,
  type ChunkFunctions,
  chunkFunctions,
  fillMasks,
  fillRows,
} from "../attacks/chunks.ts";
import {
  type Arrays,
  type Attack,
  searchNearest,
  searchTowards,
  startAttack,
} from "../attacks/deepfool_search.ts";
import { competitors } from "../attacks/deepfool_routine.ts";
import { norm, normGradient } from "../attacks/norms.ts";
import { type RowMemory, rowMemory } from "../attacks/row_memory.ts";
import type { Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { type PenaltyOptions, perturbationPenalty } from "../losses/perturbation_penalty.ts";
import type { ShardGradient, ShardOfStep } from "./defense.ts";
import { type GradientSum, gradientSum } from "./gradient_sum.ts";
import { lossPass, samplesOf } from "./loss_pass.ts";
import { lossFunctionsOf, type LossSettings } from "./loss_routine.ts";

/** What {@link deepDefenseShard} is set up with. */
export interface DeepDefenseSettings extends LossSettings, PenaltyOptions {
  readonly lambda: number;
  readonly p: number;
  readonly iterations: number;
  readonly overshoot: number;
  /** How many of the strongest classes at x compete in DeepFool, the predicted one included. */
  readonly candidates: number;
  /** Whether samples that are predicted wrong are attacked towards their label, or away like the others. */
  readonly wrong: "towards" | "away";
  /** The parameters that the regulariser moves. */
  readonly regularized: readonly string[];
}

/**
 * A share of a Deep Defense step: the loss; DeepFool without a tape; and back through its iterations, each
 * sample's from the last to the first, one vector-Jacobian product of the chosen class an iteration.
 * Functions, for several sizes of chunks: those of a loss pass, `nearest`, `towards`, `stepGradient`.
 */
export const deepDefenseShard: Routine<DeepDefenseSettings, ShardOfStep, ShardGradient> = (
  executables,
  settings,
) => {
  const functions = {
    ...lossFunctionsOf(executables),
    nearest: chunkFunctions(executables, "nearest"),
    towards: chunkFunctions(executables, "towards"),
    stepGradient: chunkFunctions(executables, "stepGradient"),
  };
  const own = copier();
  const gradient = gradientSum(settings.trained);
  const memory = rowMemory();
  return async (shard) => {
    memory.clear();
    const weights = own(shard.weights);
    const samples = samplesOf(shard, settings, memory);
    gradient.clear(weights);
    const options = { ...settings, weights, memory, batch: shard.batch };
    const { loss, predicted, logits } = await lossPass(functions, gradient, samples, options);

    const isRight = (i: number) => predicted[i] === samples[i]!.label;
    const goesAway = (i: number) => settings.wrong === "away" || isRight(i);
    const attacks = samples.map(({ x, label, masks }, i) =>
      goesAway(i)
        ? startAttack(memory, x, predicted[i]!, competitors(logits[i]!, settings.candidates), masks)
        : startAttack(memory, x, label, [], masks)
    );
    const away = attacks.filter((_, i) => goesAway(i));
    const towards = attacks.filter((_, i) => !goesAway(i));
    await searchNearest(away, { ...options, step: functions.nearest });
    await searchTowards(towards, { ...options, step: functions.towards });

    const penalized = attacks.map((attack, i) => penalize(attack, goesAway(i), options));
    await backThroughSteps(functions.stepGradient, penalized, weights, gradient, settings);
    return {
      ...gradient.total(),
      loss,
      regularizer: penalized.reduce((sum, { value }) => sum + value, 0),
      correct: samples.filter((_, i) => isRight(i)).length,
      active: [iterationsOf(away), iterationsOf(towards)],
    };
  };
};

function iterationsOf(attacks: readonly Attack[]): number {
  return attacks.reduce((sum, { steps }) => sum + steps.length, 0);
}

/** A sample's term of the regulariser and its gradient in every step r_i. */
interface Penalized {
  readonly attack: Attack;
  readonly value: number;
  readonly gradient: Float32Array;
}

/** lambda / N R(t) with t = ||Delta_x||_p / ||x||_p and Delta_x = (1 + overshoot) sum r_i. */
function penalize(
  attack: Attack,
  away: boolean,
  settings: DeepDefenseSettings & { readonly batch: number; readonly memory: RowMemory },
): Penalized {
  const { lambda, p, overshoot, batch, memory } = settings;
  const extent = norm(attack.x, p);
  const scale = extent > 0 ? (1 + overshoot) / extent : 0;
  const { value, slope } = perturbationPenalty(norm(attack.total, p) * scale, away, settings);
  const weight = lambda / batch * slope * scale;
  const gradient = normGradient(attack.total, p, weight, memory.take(attack.total.length));
  return { attack, value: lambda / batch * value, gradient };
}

/**
 * Adds the regulariser's gradient in the parameters. With x_{i+1} = x_i + r_i, the loss's gradient in r_i is g plus the
 * gradient in x_{i+1} of the steps behind it, and passing it back through r_i gives that in x_i.
 */
async function backThroughSteps(
  stepGradient: ChunkFunctions,
  penalized: readonly Penalized[],
  weights: Arrays,
  total: GradientSum,
  { classes, length, regularized }: DeepDefenseSettings,
): Promise<void> {
  const chains = penalized.filter(({ attack }) => attack.total.some((r) => r !== 0)).map((
    { attack, gradient },
  ) => ({
    attack,
    cotangent: gradient,
    behind: attack.steps.length - 1,
  }));
  // The longest chains first: at the end no chunk waits for one of them alone.
  chains.sort((a, b) => b.behind - a.behind);
  await advanceAll(chains, stepGradient, async (slots, fn) => {
    const { size, run, buffer } = fn;
    const masks = fillMasks(fn, slots.map(({ attack }) => attack));
    const steps = slots.map(({ attack, behind }) => attack.steps[behind]!);
    const x = buffer("x", size * length).fill(0);
    slots.forEach(({ attack }, i) => addInto(x, i * length, attack.x, steps[i]!.at));
    const cotangent = buffer("cotangent", size * length);
    fillRows(cotangent, slots.map((slot) => slot.cotangent), length);
    const seeds = buffer("seeds", size * classes).fill(0);
    steps.forEach(({ source, target }, i) => {
      seeds[i * classes + target] = 1;
      seeds[i * classes + source] = -1;
    });
    const pullback = buffer("pullback", size * length);
    await total.add(run, { ...weights, ...masks, x, seeds, cotangent }, { pullback }, regularized);
    return slots.map((slot, i) => {
      const at = i * length;
      addInto(slot.cotangent, 0, slot.cotangent, pullback.subarray(at, at + length));
      return --slot.behind >= 0;
    });
  });
}

/** Writes a + b into an array, from a position on. */
function addInto(target: Float32Array, from: number, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < a.length; i++) target[from + i] = a[i]! + b[i]!;
}
