import { mean } from "d3-array";
import type { Attacked, MinimumNormAttacked } from "../../attacks/attacked.ts";
import { type AttackFlags, attacks } from "../../attacks/attacks.ts";
import { norm, ratioOf } from "../../compute/norms.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Row } from "../../files/arrow.ts";
import { firstLeftOut, type LeftOut } from "../../jobs/left_out.ts";
import { networkTitle } from "../../plots/titles.ts";
import { titleOf } from "../shared/model_file.ts";
import { unitsOf, type WithinFlag } from "../shared/pixel_flags.ts";
import type { AttackRequest } from "./options.ts";
import { ownFlags } from "./settings.ts";
import { basename } from "node:path";
import type { WarningSign } from "../../metrics/warning_signs.ts";
import type { SavedImages } from "./save_adversarial.ts";

/** The results of an attack, over all images. Shares are in 0..1. */
export interface AttackSummary {
  readonly images: number;
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** The share that is predicted right before and after. */
  readonly accuracy_under_attack: number;
  /** The share whose predicted class is another one after. */
  readonly changed: number;
  /** The share of the images of other classes that is predicted as the target after; null where there is no single target. */
  readonly reached: number | null;
  /** The strength, in `units`; null for an attack without one. */
  readonly epsilon: number | null;
  /** What images, norms and the strength are measured in. */
  readonly units: string;
  /** The mean of ||Delta_x|| in the attack's norm. */
  readonly mean_norm: number | null;
  /** The mean of ||Delta_x||_2 / ||x||_2; null where no image has it. */
  readonly rho2: number | null;
  /** The same ratio in the attack's norm. */
  readonly mean_ratio: number | null;
  /** How many images have no ratio, since their norm is 0. */
  readonly without_ratio: number;
  /** Mean iterations per image; null for an attack that always takes the same number. */
  readonly mean_iterations: number | null;
  /** How many images the attack's goal holds for; null where images were not saved. */
  readonly fooled: number | null;
  /** For how many of them it still does once pixels are rounded to 8 bits. */
  readonly fooled_in_8_bits: number | null;
  /** How many images, and class folders without images, were left out. */
  readonly left_out: number;
  /** The first few of them, and why. */
  readonly left_out_first: readonly string[];
  /** Signs that the figures may look better than they are. */
  readonly warning_signs: readonly WarningSign[];
  readonly duration_seconds: number;
}

/** The parts of a summary besides the rows. */
export interface SummaryParts {
  /** {@link euclideanRatios} of every row. */
  readonly ratios: Float32Array;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
  readonly durationSeconds: number;
  /** The result for saved images; undefined where none were saved. */
  readonly saved?: SavedImages | undefined;
  /** Warning signs; none unless given. */
  readonly warnings?: readonly WarningSign[];
}

/** An attack as the summary names it. */
export interface NamedAttack {
  /** What it is called. */
  readonly title: string;
  /** Its flags. */
  readonly flags: Partial<AttackFlags>;
  /** What was attacked: pixels or preprocessed inputs. */
  readonly within: WithinFlag;
  /** The class to reach, or each class in turn; undefined where it is any other class. */
  readonly target?: AttackRequest["target"];
  /** The network. */
  readonly network: string;
  /** The model that the attack was made on, where it is another one. */
  readonly source?: string;
  /** The dataset. */
  readonly dataset: string;
}

/** The attack that a command line asks for, as its summary names it. */
export function namedAttack(options: AttackRequest, { title: dataset }: Dataset): NamedAttack {
  const { attack, within, target, model, source } = options;
  return {
    title: attacks[attack]!.title,
    flags: ownFlags(options),
    within,
    ...(target === undefined ? {} : { target }),
    network: networkTitle(titleOf(model)),
    ...(source ? { source: `${networkTitle(titleOf(source))} (${basename(source.path)})` } : {}),
    dataset,
  };
}

/** ||Delta_x||_2 / ||x||_2 of every image, whatever the attack's norm; NaN where the image's norm is 0. */
export function euclideanRatios(
  { perturbations, ratios, count }: Attacked | MinimumNormAttacked,
  images: Float32Array,
  { norm: p = 2 }: Partial<AttackFlags>,
): Float32Array {
  if (p === 2) return ratios;
  const length = images.length / count;
  const row = (values: Float32Array, i: number) => values.subarray(i * length, (i + 1) * length);
  return ratios.map((_, i) => ratioOf(norm(row(perturbations, i)), norm(row(images, i))));
}

/**
 * Sums up an attack.
 *
 * @param rows The rows of attacks.arrow.
 */
export function summaryOf(
  rows: readonly Row[],
  { flags, within, target }: NamedAttack,
  { ratios, leftOut, durationSeconds, saved, warnings = [] }: SummaryParts,
): AttackSummary {
  const share = (holds: (row: Row) => boolean) => rows.filter(holds).length / rows.length;
  return {
    images: rows.length,
    accuracy: share(({ label, predicted }) => label === predicted),
    accuracy_under_attack: share(({ label, predicted, fooled_as }) =>
      label === predicted && label === fooled_as
    ),
    changed: share(({ predicted, fooled_as }) => predicted !== fooled_as),
    reached: typeof target === "number" ? reachedOf(rows, target) : null,
    epsilon: flags.epsilon ?? null,
    units: unitsOf[within],
    mean_norm: mean(rows, ({ norm }: Row) => norm as number) ?? null,
    rho2: mean(ratios) ?? null,
    mean_ratio: mean(rows, ({ ratio }: Row) => ratio as number) ?? null,
    without_ratio: rows.filter(({ ratio }) => Number.isNaN(ratio)).length,
    mean_iterations: mean(rows, ({ iterations }: Row) => iterations as number | null) ?? null,
    fooled: saved?.fooled ?? null,
    fooled_in_8_bits: saved?.fooled_in_8_bits ?? null,
    left_out: leftOut.size,
    left_out_first: firstLeftOut(leftOut),
    warning_signs: warnings,
    duration_seconds: durationSeconds,
  };
}

/** The share of the rows of other classes that ends at a class; null where there are none. */
function reachedOf(rows: readonly Row[], target: number): number | null {
  const others = rows.filter(({ label }) => label !== target);
  return mean(others, ({ fooled_as }: Row) => Number(fooled_as === target)) ?? null;
}
