import type { Attacked, AttackOptions } from "../../attacks/attacked.ts";
import { checkSplit } from "../../compute/check_inputs.ts";
import { norm, ratioOf } from "../../compute/norms.ts";
import { predict } from "../../compute/predict.ts";
import type { Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import { isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";
import type { StopOptions } from "../../engine/stop.ts";
import type { Model } from "../../networks/model.ts";
import { smallestNorms } from "../worst_case.ts";
import {
  type EvaluationBudget,
  evaluationPlan,
  type PlannedAttack,
  type PlanOptions,
} from "./evaluation_plan.ts";
import type { AttackOutcome, Evaluation, EvaluationWarning } from "./evaluation.ts";
import { attackWarnings, evaluationWarnings } from "./evaluation_warnings.ts";

/** How to run {@link evaluate}. */
export interface EvaluateOptions extends StopOptions {
  /** The strengths of the attacks with a bound, each > 0 and once, in the units of the inputs. */
  readonly epsilons: readonly number[];
  /** The norm of perturbations, 2 or Infinity; Infinity unless given. */
  readonly p?: number;
  /**
   * The box that attacked inputs stay in; none unless given. For pixels, {low: 0, high: 255}, what rounding to whole
   * numbers does to the attacks is looked at too.
   */
  readonly within?: AttackOptions["within"];
  /**
   * `quick`: DeepFool and the fast minimum-norm attack, PGD and APGD on the cross-entropy. `standard`: DeepFool, the fast
   * minimum-norm attack, DDN (l2) and FAB, and AutoAttack's standard version. `quick` unless given.
   */
  readonly budget?: EvaluationBudget;
  /** Draws random starts: a whole number; 0 unless given. */
  readonly seed?: number;
  /**
   * Runs one attack of the plan on the split's images, such as block by block with results kept in files; the attack's own `run`
   * unless given.
   */
  readonly runAttack?: (attack: PlannedAttack) => Promise<Attacked>;
}

/** What is known of the smallest perturbations so far. */
type Known = Pick<Evaluation, "norms" | "foundBy" | "perturbations" | "fooledAs">;

/**
 * Measures how far a model resists attacks: searches for the smallest perturbations, and attacks of each strength. All results are
 * joined image by image into the smallest perturbation that is known to make a right prediction wrong. A perturbation that an attack
 * finds within a ball of radius epsilon counts with its norm, at most epsilon. {@link robustAccuracy} of any epsilon follows from
 * these norms, so that it never rises with epsilon.
 *
 * @param split Images as the model takes them, with their true classes.
 * @throws {UserError} when an option lies outside its range, weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example The robust accuracy of an untrained network on pixels.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const mnist = dd.firstImages(await dd.loadDataset("mnist", { pixels: true }), { test: 20 });
 * const network = dd.mlp(mnist.inputShape, mnist.classes);
 * const model = dd.inPixels({ network, weights: network.init("my seed") }, dd.unitScale);
 *
 * const evaluation = await dd.evaluate(engine, model, mnist.test, {
 *   epsilons: [0.1 * 255],
 *   within: { low: 0, high: 255 },
 * });
 * const { accuracy, robustAccuracies } = dd.evaluationFigures(evaluation);
 * console.log(accuracy, robustAccuracies, dd.robustAccuracy(evaluation, 2));
 * ```
 */
export async function evaluate(
  engine: Engine,
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { images, labels, count } = split;
  const { network: { name, classes } } = model;
  const { runAttack = ({ run }) => run(split) } = options;
  const settings = checked(name, options);
  const { signal } = options;
  checkSplit(`evaluating ${name}`, model.network, split);
  const { labels: predicted } = await predict(engine, model, images, { signal });
  const known = nothingKnown(images, labels, predicted);
  const attacks: AttackOutcome[] = [];
  const signs: EvaluationWarning[] = [];
  for (const planned of evaluationPlan(engine, model, settings)) {
    const attacked = await runAttack(planned);
    addAttack(known, attacked, planned.epsilon, attacks.length);
    attacks.push(outcomeOf(planned, attacked));
    signs.push(...await attackWarnings(engine, model, split, { planned, attacked, ...settings }));
  }
  const { p, epsilons } = settings;
  const about = { count, classes, p, epsilons, labels, predicted, attacks };
  return {
    ...about,
    ...known,
    ratios: ratiosOf(known.norms, images, p),
    warnings: await evaluationWarnings(engine, model, split, { ...about, signs }, { signal }),
  };
}

/** The options with their defaults, the epsilons rising. */
function checked(
  network: string,
  { epsilons, p = Infinity, within, budget = "quick", seed = 0, signal }: EvaluateOptions,
): PlanOptions {
  const check = optionCheck(`evaluating ${network}`);
  const each = epsilons.every((epsilon) => isSingleFrom(epsilon, 0) && epsilon > 0);
  const isOnce = new Set(epsilons).size === epsilons.length;
  check(epsilons.length > 0 && each && isOnce, "epsilons above 0, each once", `[${epsilons}]`);
  check(p === 2 || p === Infinity, "the norm 2 or Infinity", p);
  check(budget === "quick" || budget === "standard", "the budget quick or standard", budget);
  check(isWhole(seed, 0), "seed a whole number from 0", seed);
  return { epsilons: epsilons.toSorted((a, b) => a - b), p, within, budget, seed, signal };
}

function nothingKnown(images: Float32Array, labels: Uint16Array, predicted: Uint16Array): Known {
  return {
    norms: Float32Array.from(labels, (label, i) => label === predicted[i] ? Infinity : 0),
    foundBy: new Int16Array(labels.length).fill(-1),
    perturbations: new Float32Array(images.length),
    fooledAs: predicted.slice(),
  };
}

/**
 * Puts what an attack found into the place of what is known, where it is smaller. Where a prediction is right, leaving the
 * predicted class and leaving the true one are the same; where it is wrong, 0 is known already.
 */
function addAttack(
  known: Known,
  { norms, fooled, perturbations, fooledAs }: Attacked,
  epsilon: number | null,
  position: number,
): void {
  const most = epsilon === null ? Infinity : singleBelow(epsilon);
  const within = norms.map((norm) => Math.min(norm, most)); // a norm of 32 bits may be rounded up
  const before = { norms: known.norms, fooled: new Uint16Array(norms.length).fill(1) };
  const smallest = smallestNorms([before, { norms: within, fooled }]);
  const length = perturbations.length / norms.length;
  smallest.attacks.forEach((attack, i) => {
    if (attack !== 1) return;
    const [from, to] = [i * length, (i + 1) * length];
    known.norms[i] = smallest.norms[i]!;
    known.foundBy[i] = position;
    known.perturbations.set(perturbations.subarray(from, to), from);
    known.fooledAs[i] = fooledAs[i]!;
  });
}

/** The largest number of 32 bits that is not above a positive one. */
function singleBelow(value: number): number {
  const single = Float32Array.of(value);
  if (single[0]! > value) new Int32Array(single.buffer)[0]! -= 1;
  return single[0]!;
}

function outcomeOf(
  { name, title, epsilon }: PlannedAttack,
  { norms, ratios, fooled, fooledAs }: Attacked,
): AttackOutcome {
  return { name, title, epsilon, norms, ratios, fooled, fooledAs };
}

function ratiosOf(norms: Float32Array, images: Float32Array, p: number): Float32Array {
  const length = images.length / norms.length;
  return norms.map((size, i) =>
    ratioOf(size, norm(images.subarray(i * length, (i + 1) * length), p))
  );
}
