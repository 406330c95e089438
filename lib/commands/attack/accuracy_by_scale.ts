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

/** What is tried. */
export interface ScaleTrial {
  /** Inputs in pixels, with their classes. */
  readonly split: Split;
  /** The scale that was chosen. */
  readonly scale: Scale;
  /** All scales that could be meant; asked for only where they are tried, since CIFAR-10's takes minutes to make. */
  readonly scales: () => Promise<readonly Scale[]>;
}

/**
 * What a model's accuracy is under each scale, on the first 200 images, where it is below {@link leastAccuracy} under the chosen one: the
 * scale may not be the model's.
 *
 * @param model The model without a scale.
 * @returns Accuracies by the scales' names; undefined where the accuracy is not below that. Scales that do not fit the images are
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

function fitted(model: Model, scale: Scale): Model | undefined {
  try {
    return inPixels(model, scale);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
