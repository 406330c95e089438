import { predict } from "../../compute/predict.ts";
import type { Split } from "../../data/dataset.ts";
import type { Scale } from "../../data/scale.ts";
import type { Engine } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import { leastAccuracy } from "../../metrics/least_accuracy.ts";

/** Images that are tried. */
const tried = 200;

/** What to try. */
export interface ScaleTrial {
  /** Inputs in pixels, with their classes. */
  readonly split: Split;
  /** The chosen scale. */
  readonly scale: Scale;
  /** All scales that could be meant; made only when they are tried, since CIFAR-10's takes minutes. */
  readonly scales: () => Promise<readonly Scale[]>;
}

/**
 * A model's accuracy under each scale, on the first 200 images, if it is below {@link leastAccuracy} under the chosen one: the
 * chosen scale may not be the model's.
 *
 * @param model The model without a scale.
 * @returns Accuracies by the scales' names; undefined where the accuracy is not below the limit. Scales that do not fit the images are
 * left out.
 */
export async function accuracyByScale(
  engine: Engine,
  model: Model,
  { split, scale, scales }: ScaleTrial,
): Promise<Record<string, number> | undefined> {
  const labels = split.labels.subarray(0, tried);
  const images = split.images.subarray(0, labels.length * split.images.length / split.count);
  const accuracy = async (scaled: Model) => {
    const { labels: predicted } = await predict(engine, scaled, images);
    return labels.filter((label, i) => label === predicted[i]).length / labels.length;
  };
  if (await accuracy(inPixels(model, scale)) >= leastAccuracy(model.network.classes)) {
    return undefined;
  }
  const accuracies: Record<string, number> = {};
  for (const one of new Set([scale, ...await scales()])) {
    const scaled = fitted(model, one);
    if (scaled) accuracies[one.name] = await accuracy(scaled);
  }
  return accuracies;
}

/** Accuracies by scale, in words: `unit 91.5%, caffe 10.0%`. */
export function scalesInWords(accuracies: Readonly<Record<string, number>>): string {
  return Object.entries(accuracies)
    .map(([name, share]) => `${name} ${(100 * share).toFixed(1)}%`).join(", ");
}

/** What is said of accuracies by scale. */
export function scaleNote(accuracies: Readonly<Record<string, number>>): string {
  return `note: the accuracy is below twice chance; on the first ${tried} images, by --scale: ${
    scalesInWords(accuracies)
  }`;
}

function fitted(model: Model, scale: Scale): Model | undefined {
  try {
    return inPixels(model, scale);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
