import type { Engine } from "../../engine/engine.ts";
import { isFrom, isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { forSizes } from "../../compute/chunk_function.ts";
import { logitsOf } from "../../compute/predict_functions.ts";
import type { Model } from "../../networks/model.ts";
import type { Network } from "../../networks/network.ts";
import { type Attacked, type AttackOptions, bounded } from "../attacked.ts";
import { runAttack } from "../run_attack.ts";
import type { SquarePlan, SquareSettings } from "./square_attack_routine.ts";

/** How to run {@link squareAttack}. */
export interface SquareAttackOptions extends AttackOptions {
  /** The ball's radius, >= 0, in the units of the inputs. */
  readonly epsilon: number;
  /** The norm of the ball, 2 or Infinity; Infinity unless given. */
  readonly p?: number;
  /** Proposals from each start, at least 1; 5,000 unless given. */
  readonly queries?: number;
  /** How many starts a sample has, at least 1; 1 unless given. */
  readonly restarts?: number;
  /** The share of the image's pixels that the first squares cover (p_init), in (0, 1]; 0.8 unless given. */
  readonly firstShare?: number;
  /** Draws the squares: a whole number; 0 unless given. */
  readonly seed?: number;
}

/**
 * The Square attack (Andriushchenko et al. 2020), as AutoAttack runs it: a random search that needs logits only, no gradients.
 * It starts from vertical stripes (p = inf) or a grid of bumps (p = 2), changes random squares, and keeps a change where the margin
 * of the label to leave over the strongest other class gets smaller. The squares shrink with the number of queries. A sample stops at its
 * first success; one that is predicted wrong already stays at Delta_x = 0. With targets, the target's cross-entropy falls. Every
 * perturbation is clipped to the box, if there is one.
 *
 * @param images Inputs as the network takes them, [count, C, H, W]; for p = 2, H and W are at least 5.
 * @throws {UserError} when an option lies outside its range, the network takes no images, weights, images, labels and network do not
 * fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function squareAttack(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: SquareAttackOptions,
): Promise<Attacked> {
  const { network } = model;
  const { epsilon, p = Infinity, queries = 5000, restarts = 1, firstShare = 0.8, seed = 0 } =
    options;
  const plan = { epsilon, queries, restarts, firstShare, seed };
  checkOptions(network, p, plan);
  const [channels, height, width] = network.inputShape as [number, number, number];
  const attacked = await runAttack<SquareSettings, SquarePlan>(engine, model, images, {
    title: "Square",
    step: forSizes(logitsOf, chunkSizes(network, engine).inputGradient, {}), // few are left in the end
    module: new URL("./square_attack_routine.ts", import.meta.url).href,
    export: "squareShard",
    settings: { p, extent: { channels, height, width } },
    rows: plan,
  }, options);
  return bounded(attacked);
}

function checkOptions({ name, inputShape }: Network, p: number, plan: SquarePlan): void {
  const { epsilon, queries, restarts, firstShare, seed } = plan;
  const check = optionCheck(`attacking ${name} with Square`);
  check(inputShape.length === 3, "inputs [C, H, W], images that have squares", `[${inputShape}]`);
  check(p === 2 || p === Infinity, "the norm p 2 or Infinity", p);
  const isLarge = p !== 2 || inputShape.slice(1).every((length) => length >= 5);
  check(isLarge, "images of at least 5 x 5 for p = 2", inputShape.slice(1).join(" x "));
  check(isSingleFrom(epsilon, 0), "epsilon in [0, 3.4e38]", epsilon);
  check(isWhole(queries, 1), "queries a whole number from 1", queries);
  check(isWhole(restarts, 1), "restarts a whole number from 1", restarts);
  check(
    isFrom(firstShare, 0) && firstShare > 0 && firstShare <= 1,
    "firstShare in (0, 1]",
    firstShare,
  );
  check(isWhole(seed, -Infinity), "seed a whole number", seed);
}
