import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import type { Html } from "../page/html.ts";
import { imageGrid } from "./image_grid.ts";

/** Attacked test images, one entry each. */
export interface AttackedImages {
  /** Delta_x of every image, in the units of the dataset's images. */
  readonly perturbations: Float32Array;
  /** The class predicted at x. */
  readonly predicted: Uint16Array;
  /** The class predicted at x + Delta_x. */
  readonly fooledAs: Uint16Array;
  /** ||Delta_x|| / ||x||, NaN where there is none. */
  readonly ratios: Float32Array;
}

/**
 * Pictures of test images, their perturbations and the attacked images; entry i of the attack belongs to image `indices[i]`.
 *
 * @throws {RangeError} when the dataset's inputs are not pictures, grey or RGB.
 */
export function attackedGrid(
  dataset: Dataset<Split>,
  indices: readonly number[],
  { perturbations, predicted, fooledAs, ratios }: AttackedImages,
): Html {
  const { images, labels, count } = dataset.test;
  const shape = pictureShape(dataset);
  if (!shape) {
    throw new RangeError(`drawing ${dataset.title}: expected images, got [${dataset.inputShape}]`);
  }
  const length = images.length / count;
  const attacked = indices.map((index, i) => {
    const x = images.subarray(index * length, (index + 1) * length);
    const moved = x.map((value, j) => value + perturbations[i * length + j]!);
    return {
      original: dataset.toPixels(x, "test", index),
      perturbed: dataset.toPixels(moved, "test", index),
      label: labels[index]!,
      predicted: predicted[i]!,
      fooledAs: fooledAs[i]!,
      ...(Number.isNaN(ratios[i]) ? {} : { ratio: ratios[i]! }),
    };
  });
  return imageGrid(attacked, { shape });
}
