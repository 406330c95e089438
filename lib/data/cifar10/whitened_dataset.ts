import { sharedFloats } from "../../engine/shared_memory.ts";
import { writing } from "../../files/files.ts";
import { isThere, makeOnce } from "../cache.ts";
import type { Dataset, Split } from "../dataset.ts";
import { meanImage } from "../mean_image.ts";
import type { LoadProgress } from "../progress.ts";
import type { Scale } from "../scale.ts";
import {
  type Contrast,
  contrastFactor,
  contrastOf,
  meanDeviation,
  normalizeImages,
} from "./contrast_normalization.ts";
import { readFloats, writeFloats } from "./float_file.ts";
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

/** The parts of a dataset. */
export interface RawDataset extends Pick<Dataset, "id" | "title" | "inputShape" | "classes"> {
  readonly train: RawSplit;
  readonly test: RawSplit;
  /** SHA-256 of the contents of the files that it was read from. */
  readonly checksum: string;
}

type SplitName = "train" | "test";

/** Statistics of the pixels. */
interface Statistics {
  /** The mean over the training images. */
  readonly mean: Float64Array;
  readonly contrast: Readonly<Record<SplitName, Contrast>>;
  /** mean(n) over all images. */
  readonly common: number;
}

/**
 * MatConvNet's preprocessing of CIFAR-10: pixels 0-255 minus the training set's mean image, contrast normalisation, whitening.
 * Slow results are computed once and kept.
 *
 * @param raw The images.
 * @param cache The folder to keep it in, under the checksum.
 */
export async function whitenedDataset(
  { train, test, ...facts }: RawDataset,
  cache: string,
  onProgress: LoadProgress = () => {},
): Promise<Dataset<Split>> {
  const raw = { train, test };
  const statistics = statisticsOf(raw);
  const folder = `${cache}/whitened-${facts.checksum.slice(0, 16)}`;
  const scaling = { ...raw, ...facts, statistics, cache, onProgress };
  if (!await isThere(folder)) {
    const whitening = await whiteningFolder(scaling); // before the folder is begun: both have one lock
    await makeOnce(folder, async (unfinished) => {
      await whitenAll(raw, statistics, { whitening, folder: unfinished }, onProgress);
    });
  }
  const { length } = statistics.mean;
  const load = async (split: SplitName) => {
    const { count } = raw[split];
    const images = await readFloats(`${folder}/${split}.f32`, count * length);
    return { images, labels: Uint16Array.from(raw[split].labels), count };
  };
  // Not shared, so that onnxruntime takes the array without a copy.
  const inverse = new Float32Array(await readFloats(`${folder}/inverse.f32`, length ** 2));
  return {
    ...facts,
    train: await load("train"),
    test: await load("test"),
    toPixels: imageToPixels(inverse, statistics),
    rowsToPixels: imagesToPixels(inverse, statistics),
    scale: scaleOf(scaling),
  };
}

/**
 * The same images as pixels 0-255; its scale is {@link whitenedDataset}'s preprocessing.
 *
 * @param raw The images.
 * @param cache The folder that keeps the whitening, once the scale has been used.
 */
export function rawDataset(
  { train, test, ...facts }: RawDataset,
  cache: string,
  onProgress: LoadProgress = () => {},
): Dataset<Split> {
  const pixelsOf = ({ pixels, labels, count }: RawSplit) => {
    const images = sharedFloats(pixels.length);
    images.set(pixels);
    return { images, labels: Uint16Array.from(labels), count };
  };
  const statistics = statisticsOf({ train, test });
  return {
    ...facts,
    train: pixelsOf(train),
    test: pixelsOf(test),
    toPixels: (x) => x.slice(),
    scale: scaleOf({ ...facts, train, test, statistics, cache, onProgress }),
  };
}

/** The input of the whitening, and the folder that keeps it. */
interface Scaling extends RawDataset {
  readonly statistics: Statistics;
  readonly cache: string;
  readonly onProgress: LoadProgress;
}

/** The preprocessing as a scale, made at the first call. */
function scaleOf(scaling: Scaling): NonNullable<Dataset["scale"]> {
  const { inputShape, statistics: { mean, common } } = scaling;
  const { length } = mean;
  const make = async (): Promise<Scale> => ({
    name: "whitened",
    mean: { shape: inputShape, data: Float32Array.from(mean) },
    contrast: common,
    whitening: {
      shape: [length, length],
      data: await readFloats(`${await whiteningFolder(scaling)}/forward.f32`, length ** 2),
    },
  });
  let scale: Promise<Scale> | undefined;
  return () => scale ??= make();
}

/** The folder of the whitening and its inverse, made the first time. */
async function whiteningFolder(
  { train, statistics, cache, checksum, onProgress, test }: Scaling,
): Promise<string> {
  const folder = `${cache}/whitening-${checksum.slice(0, 16)}`;
  const { length } = statistics.mean;
  await makeOnce(folder, async (unfinished) => {
    const gram = await gramMatrix(
      normalized(train, "train", statistics),
      length,
      (done) => onProgress("measuring the covariance (images)", done, train.count),
    );
    onProgress("computing the eigenvectors, once, about a minute", 0, 1);
    const count = train.count + test.count;
    const whitening = await whiteningOf(gram.map((sum) => sum / count), length);
    for (const [name, matrix] of Object.entries(whitening)) {
      await writing(unfinished, () => writeFloats(`${unfinished}/${name}.f32`, matrix));
    }
  });
  return folder;
}

function statisticsOf({ train, test }: Readonly<Record<SplitName, RawSplit>>): Statistics {
  const mean = meanImage(train.pixels, train.count);
  const contrast = { train: contrastOf(train.pixels, mean), test: contrastOf(test.pixels, mean) };
  const common = meanDeviation(contrast.train.deviations, contrast.test.deviations);
  return { mean, contrast, common };
}

/** A split's images with their contrast normalised. */
function normalized(
  { pixels }: RawSplit,
  split: SplitName,
  { mean, contrast, common }: Statistics,
): Float32Array {
  const images = sharedFloats(pixels.length);
  normalizeImages(pixels, mean, contrast[split], common, images);
  return images;
}

/** Whitens all images, and writes them and the inverse. */
async function whitenAll(
  raw: Readonly<Record<SplitName, RawSplit>>,
  statistics: Statistics,
  { whitening, folder }: { readonly whitening: string; readonly folder: string },
  onProgress: LoadProgress,
): Promise<void> {
  const { length } = statistics.mean;
  const forward = new Float32Array(await readFloats(`${whitening}/forward.f32`, length ** 2));
  const inverse = `${folder}/inverse.f32`;
  await writing(folder, () => Deno.copyFile(`${whitening}/inverse.f32`, inverse));
  for (const split of ["train", "test"] as const) {
    const whiten = await rowProduct(
      forward,
      length,
      (done) => onProgress(`whitening the ${split} images`, done, raw[split].count),
    );
    const images = normalized(raw[split], split, statistics);
    const whitened = await whiten(images, images);
    await writing(folder, () => writeFloats(`${folder}/${split}.f32`, whitened));
  }
}

/** Takes one input back to its pixels: the inverse whitening, then the image's own contrast and mean, and the mean image. */
function imageToPixels(inverse: Float32Array, statistics: Statistics): Dataset["toPixels"] {
  const { length } = statistics.mean;
  return (x, split, index) => {
    if (x.length !== length) {
      throw new RangeError(
        `taking an input back to pixels: expected one image of ${length} values, got ${x.length}`,
      );
    }
    const pixels = x.map((_, i) => dot(inverse, i * length, x));
    addContrast(pixels, 0, statistics, split, index);
    return pixels;
  };
}

/** The same for many inputs. */
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
