import { maxIndex, mean, sum } from "d3-array";
import { goalOf } from "../attacks/attack_routine.ts";
import type { Attacked, AttackOptions, MinimumNormAttacked } from "../attacks/attacked.ts";
import type { AutoAttackMembers } from "../attacks/auto_attack.ts";
import { predict } from "../compute/predict.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";
import { gradientSizes } from "./input_gradients.ts";
import { percentage } from "./percentage.ts";

/** A sign that figures of robustness are less meaningful than they seem. */
export interface WarningSign {
  /** Its name. */
  readonly sign:
    | "zero gradient"
    | "saturated softmax"
    | "gradient not finite"
    | "nothing fooled"
    | "accuracy rises with epsilon"
    | "success lost by rounding"
    | "success made by rounding"
    | "unfooled in the mean"
    | "members left out";
  /** What was found, and what to do about it. */
  readonly sentence: string;
  /** The figures in the sentence. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What {@link warningSigns} needs to know about an attack. */
export interface WarningSignOptions extends Pick<AttackOptions, "labels" | "targets" | "signal"> {
  /** The model that the attack was made on; the one that was attacked unless given. */
  readonly source?: Model;
  /** Whether images are pixels 0-255, which a file rounds to whole numbers; false unless given. */
  readonly pixels?: boolean;
}

/** What {@link attackSigns} looks at; `iterations` only of a search for the smallest perturbation. */
export type AttackFigures =
  & Pick<Attacked, "count" | "predicted" | "fooledAs" | "fooled" | "ratios">
  & Partial<Pick<MinimumNormAttacked, "iterations">>;

/** The number of images whose gradients are checked, enough for a good estimate of a share. */
const most = 1000;

/**
 * The warning signs of an attack on a split's images: gradients that are zero or not finite, on the first 1,000 images; an attack that
 * fools nothing; unfooled samples in the mean of a search for the smallest perturbation; and, for pixels, successes that
 * rounding adds or removes.
 *
 * @param attacked What the attack did to the split's images.
 * @param options `labels` and `targets` as for the attack.
 * @throws {UserError} when weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function warningSigns(
  engine: Engine,
  model: Model,
  split: Split,
  attacked: Attacked | MinimumNormAttacked,
  options: WarningSignOptions = {},
): Promise<WarningSign[]> {
  const { source = model, pixels = false, signal } = options;
  return [
    ...await gradientSigns(engine, source, firstOf(split), { signal }),
    ...attackSigns(attacked),
    ...pixels ? await roundingSigns(engine, model, split.images, attacked, options) : [],
  ];
}

/** The images that gradients are looked at on: the first 1,000. */
export function firstOf({ images, labels, count }: Split): Split {
  const kept = Math.min(count, most);
  return {
    images: images.subarray(0, kept * images.length / count),
    labels: labels.subarray(0, kept),
    count: kept,
  };
}

/**
 * The signs of a model's gradients: samples where the cross-entropy's gradient in x is exactly zero, or not finite. Where the margin's
 * gradient is not zero, only the softmax is saturated; where it is zero, the network is dead.
 *
 * @throws {UserError} when weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function gradientSigns(
  engine: Engine,
  model: Model,
  split: Split,
  options: StopOptions = {},
): Promise<WarningSign[]> {
  const { loss, margin } = await gradientSizes(engine, model, split, options);
  const where = (holds: (loss: number, margin: number) => boolean) =>
    loss.reduce((count, size, i) => count + Number(holds(size, margin[i]!)), 0);
  const of = split.count;
  const zero = where((loss, margin) => loss === 0 && margin === 0);
  const saturated = where((loss, margin) => loss === 0 && margin > 0);
  const broken = where((loss, margin) => !(isFinite(loss) && isFinite(margin)));
  return [
    ...found(
      "zero gradient",
      zero,
      of,
      (share) =>
        `The gradient is exactly zero on ${share}: the network is dead there, and attacks that follow gradients do not move these images. ` +
        "Use attacks without gradients, or an attack made on another model.",
    ),
    ...found(
      "saturated softmax",
      saturated,
      of,
      (share) =>
        `The softmax is saturated on ${share}: the cross-entropy's gradient is exactly zero, but the gradient of the difference of logits is not. ` +
        "The fast gradient sign does not move these images. Use attacks that follow differences of logits, such as DeepFool or FMN, or PGD, " +
        "whose steps do not vanish there.",
    ),
    ...found(
      "gradient not finite",
      broken,
      of,
      (share) =>
        `The gradient is NaN or infinite on ${share}: attacks that follow gradients fail there.`,
    ),
  ];
}

/**
 * The signs of an attack's results: it fools nothing; or, in a search for the smallest perturbation, samples that were not fooled count in
 * the mean of ||Delta_x|| / ||x||.
 */
export function attackSigns(attacked: AttackFigures): WarningSign[] {
  const { count, fooled, predicted, fooledAs, ratios, iterations } = attacked;
  const there = fooled.filter((one, i) => one && predicted[i] === fooledAs[i]).length;
  const open = count - there;
  const unfooled = count - sum(fooled);
  if (open > 0 && unfooled === open) {
    return found(
      "nothing fooled",
      open,
      count,
      (share) =>
        `The attack fools nothing: it fails on ${share}, all that it had to move. ` +
        "Check its strength, the units of epsilon, and its steps.",
    );
  }
  if (!iterations) return [];
  const all = mean(ratios) ?? NaN;
  const without = mean(ratios.filter((_, i) => fooled[i] === 1)) ?? NaN;
  return found(
    "unfooled in the mean",
    unfooled,
    count,
    (share) =>
      `The attack fails on ${share}. They count in the mean of ‖Δx‖/‖x‖ with the perturbation that they have: ` +
      `it is ${digits(all)}, and ${digits(without)} without them.`,
    { mean: all, without },
  );
}

/** The sign of an ensemble that lacks members. */
export function memberSigns({ leftOut }: AutoAttackMembers): WarningSign[] {
  if (leftOut.length === 0) return [];
  const each = leftOut.map(({ member, reason }) => `${member} (${reason})`);
  return [{
    sign: "members left out",
    sentence: `AutoAttack ran without ${each.join(" and ")}: all of its members might fool more.`,
    figures: { members: leftOut.length },
  }];
}

/**
 * The sign of an impossible curve: the accuracy under a stronger attack is above that under a weaker one.
 *
 * @param epsilons Strengths, rising.
 * @param accuracies The accuracy under attack at each, in 0..1.
 * @param slack How much it may rise by chance, in 0..1; 0 unless given.
 * @throws {UserError} when there are not as many accuracies as epsilons, or the epsilons do not rise.
 */
export function accuracySigns(
  epsilons: readonly number[],
  accuracies: readonly number[],
  slack = 0,
): WarningSign[] {
  if (accuracies.length !== epsilons.length || epsilons.some((e, i) => e <= epsilons[i - 1]!)) {
    throw new UserError(
      `looking for warning signs: expected rising epsilons and an accuracy for each, got [${epsilons}] and [${accuracies}]`,
    );
  }
  const rises = accuracies.map((accuracy, i) => accuracy - (accuracies[i - 1] ?? accuracy));
  const at = maxIndex(rises);
  if (!(rises[at]! > slack + 1e-9)) return []; // differences of shares are off by roundings
  const [before, after] = [accuracies[at - 1]!, accuracies[at]!];
  return [{
    sign: "accuracy rises with epsilon",
    sentence:
      `Accuracy under attack rises from ${percentage(before)} at ε = ${epsilons[at - 1]} to ` +
      `${percentage(after)} at ε = ${
        epsilons[at]
      }. What the weaker attack found is there for the stronger one too: ` +
      "the attack misses perturbations that exist.",
    figures: { epsilon: epsilons[at]!, before, after },
  }];
}

/**
 * The signs of perturbations that an image file rounds to whole numbers: successes that rounding removes or adds.
 *
 * @param model A model that takes pixels 0-255.
 * @param images Pixels 0-255, [count, ...inputShape].
 * @param attacked What the attack did to them.
 * @param options `labels` and `targets` as for the attack.
 * @throws {UserError} when weights and images do not fit the network, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function roundingSigns(
  engine: Engine,
  model: Model,
  images: Float32Array,
  { perturbations, fooled, predicted }: Attacked,
  { labels, targets, signal }: Pick<AttackOptions, "labels" | "targets" | "signal"> = {},
): Promise<WarningSign[]> {
  const rounded = Uint8ClampedArray.from(images, (x, i) => x + perturbations[i]!);
  const reached = (await predict(engine, model, Float32Array.from(rounded), { signal })).labels;
  const isThere = goalOf({ targets });
  const still = reached.map((k, i) => Number(isThere(k, (targets ?? labels ?? predicted)[i]!)));
  const successes = sum(fooled);
  const lost = fooled.filter((one, i) => one && !still[i]).length;
  const made = still.filter((one, i) => one && !fooled[i]).length;
  return [
    ...found(
      "success lost by rounding",
      lost,
      successes,
      (share) =>
        `Rounded to whole numbers from 0 to 255, as in an image file, the attack no longer succeeds on ${share} ` +
        "that it succeeds on.",
    ),
    ...found(
      "success made by rounding",
      made,
      fooled.length - successes,
      (share) =>
        `Rounded to whole numbers from 0 to 255, the attack succeeds on ${share} that it fails on: ` +
        "it misses perturbations that exist.",
    ),
  ];
}

/** A sign, where it was found on any of the images. */
function found(
  sign: WarningSign["sign"],
  images: number,
  of: number,
  say: (share: string) => string,
  figures: Readonly<Record<string, number>> = {},
): WarningSign[] {
  if (images === 0) return [];
  const share = `${images.toLocaleString("en")} of ${of.toLocaleString("en")} image${
    of === 1 ? "" : "s"
  } (${percentage(images / of)})`;
  return [{ sign, sentence: say(share), figures: { images, of, ...figures } }];
}

function digits(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
