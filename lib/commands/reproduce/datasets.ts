import type { Dataset } from "../../data/dataset.ts";
import { firstImages } from "../../data/first_images.ts";
import type { ImageScale } from "../../data/images/imagenet.ts";
import { noScale } from "../../data/scale.ts";
import { UserError } from "../../engine/user_error.ts";
import type { TestPixels } from "../../jobs/context.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import { loadShown, type ShownDataset } from "../shared/load_shown.ts";
import { imageSideOf } from "../shared/model_file.ts";
import type { ReproduceOptions } from "./options.ts";

/** Every plan trains. */
function checkTraining({ train, title }: Dataset): void {
  if (train.count > 0) return;
  throw new UserError(
    `reproducing on ${title}: expected training images, got none: it has no images in train/; ` +
      "attack, evaluate and export need none",
  );
}

/** The dataset in each of the scales that the networks take. */
export async function datasetsOf(
  { networks, profile, unknown, ...wanted }: ReproduceOptions,
): Promise<Map<ImageScale, ShownDataset>> {
  const datasets = new Map<ImageScale, ShownDataset>();
  const side = unknown && await imageSideOf({ path: unknown.path }, wanted.dataset);
  for (const network of networks) {
    const scale = imageScaleOf(network);
    if (datasets.has(scale)) continue;
    const { dataset, leftOut } = await loadShown(
      { ...wanted, side, pixels: Boolean(unknown) },
      network,
    );
    checkTraining(dataset);
    const { trainImages: train, testImages: test } = profile;
    datasets.set(scale, { dataset: firstImages(dataset, { train, test }), leftOut });
  }
  return datasets;
}

/** The dataset's test images as pixels, and how they become what a network of the project takes. */
export async function testPixelsOf(
  options: ReproduceOptions,
  network: string,
): Promise<TestPixels> {
  const { dataset: { test, scale } } = await loadShown({ ...options, pixels: true }, network);
  return { test, scale: await scale?.() ?? noScale };
}

/** The images left out of datasets so far. */
export function leftOutOf(shown: readonly ShownDataset[]): LeftOut {
  return new Map(shown.flatMap(({ leftOut }) => [...leftOut]));
}
