import { sharedFloats } from "../engine/shared_memory.ts";
import { makeOnce, writing } from "./cache.ts";
import {
  type Contrast,
  contrastFactor,
  contrastOf,
  meanDeviation,
  normalizeContrast,
} from "./contrast_normalization.ts";
import type { Dataset } from "./dataset.ts";
import { readFloats, writeFloats } from "./float_file.ts";
import { meanImage } from "./mean_image.ts";
import type { LoadProgress } from "./progress.ts";
import { gramMatrix, type RowProduct, rowProduct } from "./row_product.ts";
import { whiteningOf } from "./whitening.ts";

/** Images as they were published. */
export interface RawSplit {
  /** Pixels 0-255, [count, ...inputShape]. */
  readonly pixels: Uint8Array;
  /** The class of each, [count]. */
  readonly labels: Uint8Array;
  /** How many images. */
  readonly count: number;
}

/** What a dataset is made of. */
export interface RawDataset extends Pick<Dataset, "id" | "title" | "inputShape" | "classes"> {
  readonly train: RawSplit;
  readonly test: RawSplit;
  /** SHA-256 of the contents of the files that it was read from. */
  readonly checksum: string;
}

type SplitName = "train" | "test";

/** What is known of the pixels. */
interface Statistics {
  /** The mean over the training images. */
  readonly mean: Float64Array;
  readonly contrast: Readonly<Record<SplitName, Contrast>>;
  /** mean(n) over all images. */
  readonly common: number;
}

/**
 * MatConvNet's preprocessing of CIFAR-10: pixels 0-255 minus the training set's mean image, contrast normalisation, whitening.
 * What takes long is computed once and kept.
 *
 * @param raw The images.
 * @param cache The folder to keep it in, under the checksum.
 */
export async function whitenedDataset(
  { train, test, ...facts }: RawDataset,
  cache: string,
  onProgress: LoadProgress = () => {},
): Promise<Dataset> {
  const raw = { train, test };
  const statistics = statisticsOf(raw);
  const folder = `${cache}/whitened-${facts.checksum.slice(0, 16)}`;
  await makeOnce(folder, async (unfinished) => {
    await compute(raw, statistics, unfinished, onProgress);
  });
  const { length } = statistics.mean;
  const load = async (split: SplitName) => {
    const { count } = raw[split];
    const images = await readFloats(`${folder}/${split}.f32`, count * length);
    return { images, labels: Uint16Array.from(raw[split].labels), count };
  };
  // Not shared: an array that onnxruntime takes as it is.
  const inverse = new Float32Array(await readFloats(`${folder}/inverse.f32`, length ** 2));
  return {
    ...facts,
    train: await load("train"),
    test: await load("test"),
    toPixels: imageToPixels(inverse, statistics),
    rowsToPixels: imagesToPixels(inverse, statistics),
  };
}

function statisticsOf({ train, test }: Readonly<Record<SplitName, RawSplit>>): Statistics {
  const mean = meanImage(train.pixels, train.count);
  const contrast = { train: contrastOf(train.pixels, mean), test: contrastOf(test.pixels, mean) };
  const common = meanDeviation(contrast.train.deviations, contrast.test.deviations);
  return { mean, contrast, common };
}

/** Whitens all images, and writes them and what undoes it. */
async function compute(
  raw: Readonly<Record<SplitName, RawSplit>>,
  { mean, contrast, common }: Statistics,
  folder: string,
  onProgress: LoadProgress,
): Promise<void> {
  const { length } = mean;
  const count = raw.train.count + raw.test.count;
  const normalized = (split: SplitName) => {
    const { pixels } = raw[split];
    const images = sharedFloats(pixels.length);
    normalizeContrast(pixels, mean, contrast[split], common, images);
    return images;
  };
  const images = { train: normalized("train"), test: normalized("test") };
  const gram = await gramMatrix(
    images.train,
    length,
    (done) => onProgress("measuring the covariance (images)", done, raw.train.count),
  );
  onProgress("computing the eigenvectors, once, about a minute", 0, 1);
  const { forward, inverse } = await whiteningOf(gram.map((sum) => sum / count), length);
  const save = (name: string, data: Float32Array) =>
    writing(folder, () => writeFloats(`${folder}/${name}.f32`, data));
  await save("inverse", inverse);
  for (const split of ["train", "test"] as const) {
    const whiten = await rowProduct(
      forward,
      length,
      (done) => onProgress(`whitening the ${split} images`, done, raw[split].count),
    );
    await save(split, await whiten(images[split], images[split]));
  }
}

/** Takes one input back to its pixels: the inverse whitening, then the image's own contrast and mean, and the mean image. */
function imageToPixels(inverse: Float32Array, statistics: Statistics): Dataset["toPixels"] {
  const { length } = statistics.mean;
  return (x, split, index) => {
    if (x.length !== length) {
      throw new RangeError(
        `Taking an input back to pixels: expected one image of ${length} values, got ${x.length}`,
      );
    }
    const pixels = x.map((_, i) => dot(inverse, i * length, x));
    addContrast(pixels, 0, statistics, split, index);
    return pixels;
  };
}

/** The same of many inputs. */
function imagesToPixels(
  inverse: Float32Array,
  statistics: Statistics,
): NonNullable<Dataset["rowsToPixels"]> {
  const { length } = statistics.mean;
  let product: Promise<RowProduct> | undefined; // made when it is needed
  return async (rows, split, indices) => {
    product ??= rowProduct(inverse, length);
    const pixels = await (await product)(rows);
    indices.forEach((index, i) => addContrast(pixels, i * length, statistics, split, index));
    return pixels;
  };
}

/** A row of a symmetric matrix times a vector, in float64. */
function dot(matrix: Float32Array, from: number, x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += matrix[from + i]! * x[i]!;
  return sum;
}

/** Undoes the contrast normalisation of one image, in place. */
function addContrast(
  values: Float32Array,
  from: number,
  { mean, contrast, common }: Statistics,
  split: SplitName,
  index: number,
): void {
  const { means, deviations } = contrast[split];
  const factor = contrastFactor(deviations[index]!, common);
  for (let i = 0; i < mean.length; i++) {
    values[from + i] = values[from + i]! / factor + means[index]! + mean[i]!;
  }
}
