import type { WithinFlag } from "../shared/pixel_flags.ts";
import type { AttackSummary, NamedAttack } from "./summary.ts";
import { percentage } from "../../metrics/percentage.ts";

/** The attack, the network and the images, in half a sentence: `DeepFool on LeNet, 10,000 test images of MNIST`. */
export function attackTitle({ title, flags, network, dataset }: NamedAttack, images: number) {
  const { norm: p = 2 } = flags;
  const measured = p === 2 ? "" : `, ${inWords(p)} norm`;
  return `${title.charAt(0).toUpperCase()}${title.slice(1)} on ${network}, ` +
    `${counted(images, "test image")} of ${dataset}${measured}`;
}

/** A summary in sentences, with four digits for every figure. */
export function sentencesOf(summary: AttackSummary, attack: NamedAttack): string[] {
  return [
    ...aboutTheInputs(summary, attack),
    ...aboutTheClasses(summary, attack),
    ...aboutTheSizes(summary, attack),
    ...aboutTheImages(summary),
    ...summary.warning_signs.map(({ sentence }) => `Warning: ${sentence}`),
  ];
}

/** What is attacked, and how strongly. */
const inputs: Readonly<Record<WithinFlag, { readonly attacked: string; readonly unit: string }>> = {
  pixels: {
    attacked: "The attack changes pixels, which stay between 0 and 255.",
    unit: "in pixels of 0 to 255",
  },
  none: {
    attacked: "The attack changes preprocessed inputs, without bounds.",
    unit: "in units of the preprocessed input",
  },
};

function aboutTheInputs(
  { epsilon }: AttackSummary,
  { within, source, network }: NamedAttack,
): string[] {
  const { attacked, unit } = inputs[within];
  return [
    ...source
      ? [`The attack is made on ${source}; the figures say what it does to ${network}.`]
      : [],
    attacked,
    ...epsilon === null ? [] : [`ε is ${Number(epsilon.toPrecision(4))}, ${unit}.`],
  ];
}

/** What is predicted, and what the goal was. */
function aboutTheClasses(
  { accuracy, accuracy_under_attack, changed, reached }: AttackSummary,
  { target }: NamedAttack,
): string[] {
  return [
    ...target === "all"
      ? [
        "Each other class is the target in turn; the smallest perturbation that reaches one counts.",
      ]
      : [],
    `${percentage(accuracy)} of the images are predicted right, ` +
    `${percentage(accuracy_under_attack)} under attack.`,
    `The predicted class changes on ${percentage(changed)} of them.`,
    ...reached === null ? [] : [
      `The target, class ${target}, is reached on ${
        percentage(reached)
      } of the images of other classes.`,
    ],
  ];
}

/** How large perturbations are, and how long they took. */
function aboutTheSizes(
  { rho2, mean_ratio, mean_norm, without_ratio, mean_iterations }: AttackSummary,
  { flags: { norm: p = 2 }, within }: NamedAttack,
): string[] {
  return [
    ...rho2 === null ? [] : [
      `ρ₂ is ${digits(rho2)}: the mean ratio of the perturbation's l2 norm to the image's.`,
    ],
    ...p === 2 || mean_ratio === null
      ? []
      : [`In the ${inWords(p)} norm the ratio is ${digits(mean_ratio)}.`],
    ...mean_norm === null ? [] : [
      `The perturbation's ${inWords(p)} norm is ${digits(mean_norm)} on average, ${
        inputs[within].unit
      }.`,
    ],
    ...without_ratio === 0
      ? []
      : [`${counted(without_ratio, "image")} of norm 0 left out, since there is no ratio.`],
    ...mean_iterations === null ? [] : [`${digits(mean_iterations)} iterations per image.`],
  ];
}

/** The result for saved images, and what was left out. */
function aboutTheImages(
  { fooled, fooled_in_8_bits, left_out, left_out_first }: AttackSummary,
): string[] {
  return [
    ...fooled === null || fooled_in_8_bits === null ? [] : [
      `The attack succeeds on ${counted(fooled, "image")}, on ` +
      `${
        fooled_in_8_bits.toLocaleString("en")
      } of them also once pixels are whole numbers from 0 to 255.`,
    ],
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

/** A number with four digits, without an exponent. */
function digits(value: number): string {
  return value === 0
    ? "0"
    : Number(value.toPrecision(4)) >= 1e4
    ? Math.round(value).toLocaleString("en")
    : value.toPrecision(4);
}
