import { mean } from "d3-array";
import type { Attacked, MinimumNormAttacked } from "../attacks/attacked.ts";
import type { AttackFlags } from "../attacks/attacks.ts";
import { norm, ratioOf } from "../compute/norms.ts";
import type { Row } from "../experiments/arrow.ts";
import { firstLeftOut, type LeftOut } from "../experiments/left_out.ts";

/** What an attack came to, over all images. Shares are in 0..1. */
export interface AttackSummary {
  readonly images: number;
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** The share that is predicted right before and after. */
  readonly accuracy_under_attack: number;
  /** The share whose predicted class is another one after. */
  readonly changed: number;
  /** The mean of ||Delta_x||_2 / ||x||_2; null where no image has it. */
  readonly rho2: number | null;
  /** The same in the attack's norm. */
  readonly mean_ratio: number | null;
  /** How many images have no ratio, since their norm is 0. */
  readonly without_ratio: number;
  /** Iterations an image, on average; null for an attack that always takes the same number. */
  readonly mean_iterations: number | null;
  /** How many images, and class folders without images, were left out. */
  readonly left_out: number;
  /** The first few of them, and why. */
  readonly left_out_first: readonly string[];
  readonly duration_seconds: number;
}

/** What a summary is made of besides the rows. */
export interface Outcome {
  /** What {@link euclideanRatios} says of every row. */
  readonly ratios: Float32Array;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
  readonly durationSeconds: number;
}

/** An attack as the summary names it. */
export interface NamedAttack {
  /** What it is called. */
  readonly title: string;
  /** What it was told: the flags that it has. */
  readonly flags: Partial<AttackFlags>;
  /** The network. */
  readonly network: string;
  /** The dataset. */
  readonly dataset: string;
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
  { ratios, leftOut, durationSeconds }: Outcome,
): AttackSummary {
  const share = (holds: (row: Row) => boolean) => rows.filter(holds).length / rows.length;
  return {
    images: rows.length,
    accuracy: share(({ label, predicted }) => label === predicted),
    accuracy_under_attack: share(({ label, predicted, fooled_as }) =>
      label === predicted && label === fooled_as
    ),
    changed: share(({ predicted, fooled_as }) => predicted !== fooled_as),
    rho2: mean(ratios) ?? null,
    mean_ratio: mean(rows, ({ ratio }: Row) => ratio as number) ?? null,
    without_ratio: rows.filter(({ ratio }) => Number.isNaN(ratio)).length,
    mean_iterations: mean(rows, ({ iterations }: Row) => iterations as number | null) ?? null,
    left_out: leftOut.size,
    left_out_first: firstLeftOut(leftOut),
    duration_seconds: durationSeconds,
  };
}

/** The attack, the network and the images, in half a sentence: `DeepFool on LeNet, 10,000 test images of MNIST`. */
export function attackTitle({ title, flags, network, dataset }: NamedAttack, images: number) {
  const { norm: p = 2 } = flags;
  const measured = p === 2 ? "" : `, ${inWords(p)} norm`;
  return `${title.charAt(0).toUpperCase()}${title.slice(1)} on ${network}, ` +
    `${counted(images, "test image")} of ${dataset}${measured}`;
}

/** A summary in sentences, four digits of every figure. */
export function sentencesOf(summary: AttackSummary, { flags }: NamedAttack): string[] {
  const { accuracy, accuracy_under_attack, changed, rho2, mean_ratio } = summary;
  const { without_ratio, mean_iterations, left_out, left_out_first } = summary;
  const { epsilon, norm: p = 2 } = flags;
  return [
    ...epsilon === undefined ? [] : [`ε is ${epsilon}, in units of the preprocessed input.`],
    `${percent(accuracy)} of the images are predicted right, ` +
    `${percent(accuracy_under_attack)} under attack.`,
    `The predicted class changes on ${percent(changed)} of them.`,
    ...rho2 === null ? [] : [
      `ρ₂ is ${digits(rho2)}: the perturbation's l2 norm over the image's, on average.`,
    ],
    ...p === 2 || mean_ratio === null
      ? []
      : [`In the ${inWords(p)} norm that is ${digits(mean_ratio)}.`],
    ...without_ratio === 0
      ? []
      : [`${counted(without_ratio, "image")} of norm 0 left out: there is no ratio.`],
    ...mean_iterations === null ? [] : [`${digits(mean_iterations)} iterations per image.`],
    ...left_out === 0 ? [] : [
      `${left_out} left out: ${left_out_first.join("; ")}${
        left_out > left_out_first.length ? "; ..." : "."
      }`,
    ],
  ];
}

function inWords(p: number): string {
  return p === Infinity ? "l∞" : `l${p}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

/** A number with four digits, without an exponent. */
function digits(value: number): string {
  return value === 0
    ? "0"
    : Number(value.toPrecision(4)) >= 1e4
    ? Math.round(value).toLocaleString("en")
    : value.toPrecision(4);
}
