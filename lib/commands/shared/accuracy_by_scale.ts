import { predict } from "../../compute/predict.ts";
import { readFirst } from "../../data/blocks.ts";
import type { AnySplit, Dataset } from "../../data/dataset.ts";
import type { Scale } from "../../data/scale.ts";
import type { Engine } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import { leastAccuracy } from "../../metrics/least_accuracy.ts";
import type { WithinFlag } from "./pixel_flags.ts";
import { knownScales } from "./scale_flag.ts";

/** Images that are tried, at most. */
const tried = 200;

/** A model, and the scale that was chosen for it. */
export interface ScaleTrial {
  /** The model without a scale. */
  readonly plain: Model;
  /** The chosen scale. */
  readonly scale: Scale;
  /** The dataset, whose own scale is tried too. */
  readonly dataset: Pick<Dataset, "scale">;
  /** Inputs in pixels, with their classes; the first 200 are tried. */
  readonly split: AnySplit;
  /** What the model takes; only with pixels there is a scale to try. */
  readonly within: WithinFlag;
}

/** A model's accuracy under each scale. */
export interface AccuracyByScale {
  /** How many images were tried. */
  readonly images: number;
  /** Accuracies by what --scale says for each scale. */
  readonly accuracies: Readonly<Record<string, number>>;
}

/**
 * A model's accuracy under each scale, if it is below {@link leastAccuracy} under the chosen one: the chosen scale may not be the model's.
 *
 * @returns Undefined where the accuracy is not below the limit. Scales that do not fit the images are left out.
 */
export async function accuracyByScale(
  engine: Engine,
  { plain, scale, dataset, split, within }: ScaleTrial,
): Promise<AccuracyByScale | undefined> {
  if (within !== "pixels") return undefined;
  const { images, labels } = await readFirst(split, tried);
  const accuracy = async (scaled: Model) => {
    const { labels: predicted } = await predict(engine, scaled, images);
    return labels.filter((label, i) => label === predicted[i]).length / labels.length;
  };
  if (await accuracy(inPixels(plain, scale)) >= leastAccuracy(plain.network.classes)) {
    return undefined;
  }
  const known = knownScales(await dataset.scale?.());
  const chosen = Object.keys(known).find((word) => known[word] === scale) ?? scale.name;
  const accuracies: Record<string, number> = {};
  for (const [word, one] of Object.entries({ [chosen]: scale, ...known })) {
    const scaled = fitted(plain, one);
    if (scaled) accuracies[word] = await accuracy(scaled);
  }
  return { images: labels.length, accuracies };
}

/**
 * Prints a note with the accuracy under each scale, if it is below the limit under the chosen one.
 *
 * @param name The model's name, where there are several.
 * @returns The accuracies by what --scale says for each; undefined where there is no note.
 */
export async function tellOfScale(
  engine: Engine,
  trial: ScaleTrial,
  name?: string,
): Promise<AccuracyByScale["accuracies"] | undefined> {
  const found = await accuracyByScale(engine, trial);
  if (!found) return undefined;
  console.error(
    `note: ${
      name === undefined ? "" : `${name}: `
    }the accuracy is below twice chance; on the first ${found.images} images, by --scale: ${
      scalesInWords(found)
    }`,
  );
  return found.accuracies;
}

/** Accuracies by scale, in words: `unit 91.5%, caffe 10.0%`. */
export function scalesInWords({ accuracies }: AccuracyByScale): string {
  return Object.entries(accuracies)
    .map(([name, share]) => `${name} ${(100 * share).toFixed(1)}%`).join(", ");
}

function fitted(model: Model, scale: Scale): Model | undefined {
  try {
    return inPixels(model, scale);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
