import type { EvaluationSummary, ModelSummary } from "./record.ts";
import { digits, normInWords, percent, rhoInWords, smallestRho, written } from "./words.ts";

/** What was evaluated, in half a sentence: `2 models on 1,000 test images of MNIST, l∞ norm`. */
export function evaluationTitle(summary: EvaluationSummary): string {
  const { models, images, dataset } = summary;
  return `${counted(models.length, "model")} on ${counted(images, "test image")} of ${dataset}, ${
    normInWords(summary)
  } norm`;
}

/** What the figures mean, and how they were found. */
export function explanations(summary: EvaluationSummary): string[] {
  const { attacks, budget, units, epsilons, left_out, left_out_first } = summary;
  const rho = rhoInWords(summary);
  return [
    units === "pixels 0-255"
      ? `Attacks change pixels, which stay between 0 and 255; ε is ${
        epsilons.map((epsilon) => written(epsilon, summary)).join(", ")
      } of the full range.`
      : "Attacks change preprocessed inputs, without bounds; ε is in their units.",
    `An image counts as robust at ε if it is predicted right and no attack is known to make it wrong within ${
      normInWords(summary)
    } norm ε: an upper bound, over ${listed(attacks)}.`,
    ...budget === "quick"
      ? [
        "The budget quick makes no AutoAttack: for figures to compare with published ones, give --budget standard.",
      ]
      : [],
    `${rho} is the mean of the smallest perturbation's norm over the image's: by prediction (the paper's) a wrong prediction ` +
    "is left too, by label it counts 0.",
    ...left_out === 0 ? [] : [
      `${left_out} left out: ${left_out_first.join("; ")}${
        left_out > left_out_first.length ? "; ..." : "."
      }`,
    ],
  ];
}

/** What a model's evaluation came to, in sentences. */
export function sentencesOf(model: ModelSummary, summary: EvaluationSummary): string[] {
  const { accuracy, robust_accuracies, without_ratio } = model;
  const { by_prediction, by_label, unfooled } = smallestRho(model);
  const robust = robust_accuracies.map((share, i) =>
    `${percent(share)} at ε ${written(summary.epsilons[i]!, summary)}`
  );
  return [
    `${model.name}: ${percent(accuracy)} of the images are predicted right, ${
      listed(robust)
    } under attack; ${rhoInWords(summary)} is ${digits(by_prediction)} by prediction, ${
      digits(by_label)
    } by label.`,
    ...unfooled === 0 ? [] : [
      `No attack is known to make ${counted(unfooled, "right prediction")} wrong: the means of ${
        rhoInWords(summary)
      } leave them out.`,
    ],
    ...without_ratio === 0
      ? []
      : [`${counted(without_ratio, "image")} of norm 0 left out of them: there is no ratio.`],
  ];
}

/** A model's warning signs, in sentences that say which attack they were seen in. */
export function warningsOf(model: ModelSummary, summary: EvaluationSummary): string[] {
  const left = model.left_out_attacks.map(({ member, reason }) =>
    `AutoAttack leaves out ${member}: ${reason}.`
  );
  const signs = model.warning_signs.map(({ attack, epsilon, sentence }) => {
    const strength = epsilon === null ? "" : ` at ε ${written(epsilon, summary)}`;
    return `${attack === null ? "" : `${attack}${strength}: `}${sentence}`;
  });
  return [...left, ...signs].map((sentence) => `${model.name}: ${sentence}`);
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function listed(parts: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(parts);
}
