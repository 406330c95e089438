import { mean } from "d3-array";
import type { Attacked, MinimumNormAttacked } from "../attacks/attacked.ts";
import { norm, ratioOf } from "../compute/norms.ts";
import type { Dataset, Split } from "../data/dataset.ts";
import { size } from "../engine/nd_array.ts";

/**
 * rho_2 (Eq. 7): the mean over all samples of ||Delta_x||_2 / ||x||_2, x preprocessed; samples that were not fooled
 * within the limit count with the perturbation they have, and samples with ||x|| = 0, which have no ratio, are excluded.
 *
 * @example Points that belong to the class of their larger coordinate.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const network = dd.defineNetwork({ name: "larger", inputShape: [2], layers: dd.dense(2) });
 * const weights = {
 *   weight: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
 *   bias: { shape: [2], data: new Float32Array(2) },
 * };
 * const model: dd.Model = { network, weights };
 * const images = Float32Array.of(3, 1, 2, 5); // two samples, of the classes 0 and 1
 *
 * const attacked = await dd.deepfool(engine, model, images);
 * console.log(dd.rho2(attacked), dd.fooledRate(attacked), dd.meanIterations(attacked));
 * assert.equal(dd.withoutRatio(attacked), 0);
 * ```
 */
export function rho2({ ratios }: Pick<Attacked, "ratios">): number {
  return mean(ratios) ?? NaN;
}

/** How many samples have no ratio, since ||x|| = 0: rho_2 excludes them. */
export function withoutRatio({ ratios }: Pick<Attacked, "ratios">): number {
  return ratios.filter(Number.isNaN).length;
}

/** rho_2 at the lower of an attack's two iteration limits. */
export function rho2Earlier({ earlierRatios }: MinimumNormAttacked): number {
  return mean(earlierRatios) ?? NaN;
}

/** How many images are converted back to pixels at a time. */
const imagesAtATime = 1000;

/**
 * ||Delta_x|| / ||x|| of each image in pixels: the preprocessing of the perturbation and of the image is undone first, for the
 * perturbation with the image's own mean and contrast (which are not measured again), and the norms
 * are taken in pixels. NaN for a black image.
 *
 * @param images Inputs of a split, [n, ...inputShape].
 * @param attacked The attack on them.
 * @param indices Their places in the split, [n].
 */
export async function pixelRatios(
  images: Float32Array,
  { perturbations }: Pick<Attacked, "perturbations">,
  dataset: PixelsOf,
  split: "train" | "test",
  indices: Uint32Array,
): Promise<number[]> {
  const length = images.length / indices.length;
  const ratios: number[] = [];
  for (let from = 0; from < indices.length; from += imagesAtATime) {
    const own = indices.subarray(from, from + imagesAtATime);
    const x = images.subarray(from * length, (from + own.length) * length);
    const moved = x.map((value, i) => value + perturbations[from * length + i]!);
    const original = await pixelsOf(x, dataset, split, own);
    const perturbed = await pixelsOf(moved, dataset, split, own);
    const change = perturbed.map((value, i) => value - original[i]!);
    for (let row = 0; row < own.length; row++) {
      const [start, end] = [row * length, (row + 1) * length];
      ratios.push(
        ratioOf(norm(change.subarray(start, end)), norm(original.subarray(start, end))),
      );
    }
  }
  return ratios;
}

/** rho_2 in pixels: the mean of {@link pixelRatios} over a split's first images. */
export async function rho2Pixels(
  attacked: Pick<Attacked, "perturbations" | "count">,
  dataset: Dataset<Split>,
  split: "train" | "test",
): Promise<number> {
  const { count, perturbations } = attacked;
  const images = dataset[split].images.subarray(0, perturbations.length);
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  return mean(await pixelRatios(images, attacked, dataset, split, indices)) ?? NaN;
}

/** Converts inputs back to pixels. */
type PixelsOf = Pick<Dataset, "toPixels" | "rowsToPixels" | "inputShape">;

/** Inputs converted back to pixels, with the preprocessing of the split's images at these positions. */
async function pixelsOf(
  rows: Float32Array,
  { toPixels, rowsToPixels, inputShape }: PixelsOf,
  split: "train" | "test",
  indices: Uint32Array,
): Promise<Float32Array> {
  const length = size(inputShape);
  if (rowsToPixels) return await rowsToPixels(rows, split, indices);
  const pixels = new Float32Array(rows.length);
  indices.forEach((index, i) =>
    pixels.set(toPixels(rows.subarray(i * length, (i + 1) * length), split, index), i * length)
  );
  return pixels;
}

/** The share of samples that were fooled within the limit. */
export function fooledRate({ fooled }: Pick<Attacked, "fooled">): number {
  return mean(fooled) ?? NaN;
}

/** The mean number of iterations per sample. */
export function meanIterations({ iterations }: MinimumNormAttacked): number {
  return mean(iterations) ?? NaN;
}
