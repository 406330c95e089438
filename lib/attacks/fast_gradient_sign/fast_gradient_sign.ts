import type { Engine } from "../../engine/engine.ts";
import { isSingleFrom, optionCheck } from "../../engine/option_check.ts";
import { shared } from "../../engine/shared_memory.ts";
import type { StopOptions } from "../../engine/stop.ts";
import { chunkSizes, inputLength } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import { checkInputs } from "../../compute/check_inputs.ts";
import { NotFiniteLogitsError } from "../../compute/check_logits.ts";
import type { RowExtents } from "../../compute/predict_routine.ts";
import { arraysOf, runInBlocks } from "../../compute/run_in_blocks.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import type { AttackSettings } from "../attack_routine.ts";
import { type Attacked, type AttackOptions, bounded } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import { lossSign, perturbedLogits, signStep } from "./fast_gradient_sign_functions.ts";
import type { SignRows, StrengthRows } from "./fast_gradient_sign_routine.ts";

/** How to run {@link fastGradientSign}. */
export interface FastGradientSignOptions extends AttackOptions {
  /** The largest change of a number of the input, >= 0, in the units of the inputs. */
  readonly epsilon: number;
}

const module = new URL("./fast_gradient_sign_routine.ts", import.meta.url).href;

/**
 * The fast gradient sign attack (Goodfellow et al. 2015): x + epsilon sign(grad_x L(f(x), y)), in the units of the inputs, clipped
 * to the box if there is one; with targets, x - epsilon sign(grad_x L(f(x), target)). Every sample is moved, also
 * those that are predicted wrong. Norms are l2.
 *
 * @param images Inputs as the network takes them, [count, ...inputShape].
 * @throws {UserError} when epsilon is outside its range, weights, images, labels and network do not fit, or a number
 * is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function fastGradientSign(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: FastGradientSignOptions,
): Promise<Attacked> {
  const { network } = model;
  const { epsilon, targets, within } = options;
  checkEpsilons(network, [epsilon]);
  const attacked = await runAttack<AttackSettings, Pick<SignRows, "epsilon">>(
    engine,
    model,
    images,
    {
      title: "FGS",
      step: forSizes(
        signStep,
        [chunkSizes(network, engine).forward],
        within ? { boxed: true } : {},
      ),
      module,
      export: "signShard",
      settings: { p: 2, always: true },
      rows: { epsilon: targets ? -epsilon : epsilon }, // down the target's loss, or up the label's
    },
    options,
  );
  return bounded(attacked);
}

/**
 * The share of samples that are predicted right under the fast gradient sign attack, for each epsilon.
 *
 * @param images [count, ...inputShape].
 * @param labels The true classes, [count].
 * @param epsilons At least 0 each.
 * @throws {UserError} when an epsilon is outside its range, weights, images, labels and network do not fit, or a number
 * is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function accuraciesUnderSign(
  engine: Engine,
  model: Model,
  images: Float32Array,
  labels: Uint16Array,
  epsilons: readonly number[],
  { signal }: StopOptions = {},
): Promise<number[]> {
  const { network, weights } = model;
  checkEpsilons(network, epsilons);
  const count = checkInputs(`attacking ${network.name} with FGS`, model, images, labels);
  const sizes = [chunkSizes(network, engine).forward];
  const run = await engine.load<RowExtents, StrengthRows, number[]>(network, {
    functions: {
      lossSign: forSizes(lossSign, sizes, {}),
      perturbedLogits: forSizes(perturbedLogits, sizes, {}),
    },
    module,
    export: "countRightShard",
    settings: { classes: network.classes, length: inputLength(network) },
    rows: { images: inputLength(network), labels: 1 },
  });
  const rows = { weights: arraysOf(weights), images: shared(images), labels, epsilons };
  const parts = await runInBlocks(engine, network, run, rows, count, { signal });
  return epsilons.map((epsilon, i) => {
    const right = parts.reduce((sum, counts) => sum + counts[i]!, 0);
    if (!isNaN(right)) return right / count;
    throw new NotFiniteLogitsError(
      `attacking ${network.name} with FGS: expected finite logits, got NaN or Infinity at epsilon ${epsilon}`,
    );
  });
}

function checkEpsilons({ name }: Network, epsilons: readonly number[]): void {
  const check = optionCheck(`attacking ${name} with FGS`);
  epsilons.forEach((epsilon) => check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon));
}
