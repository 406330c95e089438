import {
  type DeepFoolSearch,
  type DeepFoolState,
  searchNearest,
  searchTowards,
  type Step,
} from "../../attacks/deepfool/deepfool_machine.ts";
import { advanceAll } from "../../compute/advance_all.ts";
import {
  type ChunkFunctions,
  chunkFunctions,
  type Columns,
  copied,
} from "../../compute/chunk_function.ts";
import { norm, normGradient } from "../../compute/norms.ts";
import { type RowMemory, rowMemory } from "../../compute/row_memory.ts";
import type { Arrays, Routine } from "../../engine/executable.ts";
import { copier } from "../../engine/shared_memory.ts";
import { type PenaltyOptions, perturbationPenalty } from "../../losses/perturbation_penalty.ts";
import { weightInputs } from "../../networks/network_function.ts";
import type { ShardGradient, ShardOfStep } from "../defense.ts";
import { type GradientSum, gradientSum } from "../step/gradient_sum.ts";
import { lossFunctionsOf, type LossPass, lossPass } from "../step/loss_pass.ts";
import type { LossSettings } from "../step/loss_routine.ts";
import { maskColumns, type Masked, samplesOf, type TrainingSample } from "../step/samples.ts";

/** The settings of {@link deepDefenseShard}. */
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

/** A training sample under attack. */
interface Attack extends DeepFoolState, Masked {
  /** Whether it is attacked away from the predicted class, or towards its label. */
  readonly away: boolean;
}

/**
 * A shard of a Deep Defense step: the loss; DeepFool without a tape; and back through its iterations, each
 * sample's from the last to the first, one vector-Jacobian product of the chosen class per iteration.
 * Functions, for several sizes of chunks: those of a loss pass, `nearest`, `towards`, `stepGradient`.
 */
export const deepDefenseShard: Routine<DeepDefenseSettings, ShardOfStep, ShardGradient> = (
  executables,
  settings,
) => {
  const functions = lossFunctionsOf(executables);
  const nearestFunctions = chunkFunctions(executables.nearest);
  const towardsFunctions = chunkFunctions(executables.towards);
  const stepGradient = chunkFunctions(executables.stepGradient);
  const own = copier();
  const gradient = gradientSum(settings.summed);
  const memory = rowMemory();
  const search = { ...settings, keeps: () => true };
  const nearest = searchNearest(search, memory);
  const towards = searchTowards(search, memory);
  const masks = maskColumns(settings.masks);
  return async (shard) => {
    memory.clear();
    gradient.begin(shard.weights);
    const weights = own(weightInputs(shard.weights));
    const samples = samplesOf(shard, settings, memory);
    const options = { ...settings, weights, memory, batch: shard.batch };
    const pass = await lossPass(functions, gradient, samples, options);

    const isRight = ({ label }: TrainingSample, i: number) => pass.predicted[i] === label;
    const attacks = samples.map((sample, i) =>
      settings.wrong === "away" || isRight(sample, i)
        ? leaving(sample, i, pass, nearest)
        : approaching(sample, i, pass, towards)
    );
    const search = (some: readonly Attack[], functions: ChunkFunctions, search: DeepFoolSearch) =>
      advanceAll(some, functions, {
        call: (fn, items) => fn.call(items, weights, { ...search.inputs, ...masks }),
        advance: search.advance,
      });
    const [away, back] = [attacks.filter(({ away }) => away), attacks.filter(({ away }) => !away)];
    await search(away, nearestFunctions, nearest);
    await search(back, towardsFunctions, towards);

    const penalized = attacks.map((attack) => penalize(attack, options));
    await backThroughSteps(stepGradient, penalized, weights, gradient, settings);
    return {
      ...gradient.total(),
      loss: pass.loss,
      regularizer: penalized.reduce((sum, { value }) => sum + value, 0),
      correct: samples.filter(isRight).length,
      active: [iterationsOf(away), iterationsOf(back)],
    };
  };
};

/** A sample before the attack away from its predicted class. */
function leaving(
  { x, masks }: TrainingSample,
  i: number,
  { predicted, logits }: LossPass,
  { begin }: DeepFoolSearch,
): Attack {
  return { ...begin({ x, label: predicted[i]!, logits: logits[i]! }), masks, away: true };
}

/** A sample before the attack towards its label. */
function approaching(
  { x, label, masks }: TrainingSample,
  i: number,
  { logits }: LossPass,
  { begin }: DeepFoolSearch,
): Attack {
  return { ...begin({ x, label, logits: logits[i]! }), masks, away: false };
}

function iterationsOf(attacks: readonly Attack[]): number {
  return attacks.reduce((sum, { steps }) => sum + steps.length, 0);
}

/** A sample's term of the regulariser and its gradient in every step r_i. */
interface Penalized {
  readonly attack: Attack;
  readonly value: number;
  readonly gradient: Float32Array;
}

/** lambda / N R(t) with t = ||Delta_x||_p / ||x||_p and Delta_x = (1 + overshoot) sum r_i; R(0), which does not move, where ||x||_p = 0. */
function penalize(
  attack: Attack,
  settings: DeepDefenseSettings & { readonly batch: number; readonly memory: RowMemory },
): Penalized {
  const { lambda, p, overshoot, batch, memory } = settings;
  const extent = norm(attack.x, p);
  const scale = extent > 0 ? (1 + overshoot) / extent : 0;
  const t = norm(attack.total, p) * scale;
  const { value, slope } = perturbationPenalty(t, attack.away, settings);
  const weight = lambda / batch * slope * scale;
  const gradient = normGradient(attack.total, p, weight, memory.take(attack.total.length));
  return { attack, value: lambda / batch * value, gradient };
}

/** A sample on the way back through its steps. */
interface Chain extends Masked {
  readonly x: Float32Array;
  readonly steps: readonly Step[];
  /** The gradient in x_{i+1}. */
  readonly cotangent: Float32Array;
  /** The step to go through next, i. */
  at: number;
}

/**
 * Adds the regulariser's gradient in the parameters. With x_{i+1} = x_i + r_i, the loss's gradient in r_i is g plus the
 * gradient in x_{i+1} from the steps after it, and passing it back through r_i gives the gradient in x_i.
 */
async function backThroughSteps(
  stepGradient: ChunkFunctions,
  penalized: readonly Penalized[],
  weights: Arrays,
  total: GradientSum,
  { masks, regularized }: DeepDefenseSettings,
): Promise<void> {
  const chains = penalized.filter(({ attack }) => attack.total.some((r) => r !== 0))
    .map(({ attack: { x, steps, masks }, gradient }): Chain => (
      { x, steps, masks, cotangent: gradient, at: steps.length - 1 }
    ));
  // The longest chains first, so that no chunk at the end waits for a single long one.
  chains.sort((a, b) => b.at - a.at);
  const inputs = { ...chainColumns, ...maskColumns(masks) };
  await advanceAll(chains, stepGradient, {
    call: (fn, items) =>
      total.add(
        regularized,
        (sums, into) => fn.call(items, { ...weights, ...sums }, inputs, into),
      ),
    advance(chain, { pullback }) {
      addInto(chain.cotangent, chain.cotangent, pullback!);
      return --chain.at >= 0;
    },
  });
}

const chainColumns: Columns<Chain> = {
  x: ({ x, steps, at }, row) => addInto(row, x, steps[at]!.at),
  cotangent: copied(({ cotangent }) => cotangent),
  seeds({ steps, at }, row) {
    const { source, target } = steps[at]!;
    row.fill(0);
    row[target] = 1;
    row[source] = -1;
  },
};

/** Writes a + b into an array. */
function addInto(target: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < a.length; i++) target[i] = a[i]! + b[i]!;
}
