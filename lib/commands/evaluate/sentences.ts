import type { EvaluationSummary, ModelSummary } from "./record.ts";
import { normInWords, rhoInWords, smallestRho, written } from "./words.ts";

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
    } norm ε: an upper bound, over ${listed(attacks.map(({ title }) => title))}.`,
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

/** What a model's means leave out, in sentences. */
export function leftOutOfMeans(model: ModelSummary, summary: EvaluationSummary): string[] {
  const { unfooled } = smallestRho(model);
  const rho = rhoInWords(summary);
  return [
    ...unfooled === 0 ? [] : [
      `${model.name}: no attack is known to make ${
        counted(unfooled, "right prediction")
      } wrong; its ${rho} leaves them out.`,
    ],
    ...model.without_ratio === 0 ? [] : [
      `${model.name}: ${
        counted(model.without_ratio, "image")
      } of norm 0 left out of ${rho}: there is no ratio.`,
    ],
  ];
}

/** A model's warning signs, in sentences that say which attack they were seen in. */
export function warningsOf(model: ModelSummary, summary: EvaluationSummary): string[] {
  return model.warning_signs.map(({ attack, epsilon, sentence }) => {
    const strength = epsilon === null ? "" : ` at ε ${written(epsilon, summary)}`;
    const of = attack === null ? "" : `${attack}${strength}: `;
    return `${model.name}: ${of}${sentence}`;
  });
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function listed(parts: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(parts);
}
