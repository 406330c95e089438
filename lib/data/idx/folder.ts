import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { sharedFloats } from "../../engine/shared_memory.ts";
import { UserError } from "../../engine/user_error.ts";
import type { Dataset, Split } from "../dataset.ts";
import { meanImage } from "../mean_image.ts";
import { meanImageScale } from "../scale.ts";
import { type Idx, readIdx } from "./idx.ts";
import { type IdxImages, imagesOf } from "./images.ts";
import { classesOf, classLabels, renumbering } from "./labels.ts";
import { findIdxFiles, type IdxFiles, mapFiles } from "./names.ts";

/** The names of a dataset made from IDX files. */
export interface DatasetNames {
  /** The dataset's identifier. */
  readonly id: string;
  /** The name in tables; the id unless given. */
  readonly title?: string;
}

/** How to load a folder of IDX files. */
export interface IdxFolderOptions {
  /** Called with what a user should know about the files: that labels are renumbered, that images are transposed. */
  readonly onNote?: (note: string) => void;
  /** Whether inputs are pixels 0-255 as they are; false unless given. */
  readonly pixels?: boolean | undefined;
}

/**
 * Loads a folder of four IDX files of images, as MNIST and its relatives are distributed; see {@link findIdxFiles} for their
 * names. Its id is "idx:" and the folder's name; see {@link datasetFromIdx} for the rest.
 *
 * @param dir The folder.
 * @throws {UserError} when a file is missing or damaged, or the four do not fit together.
 */
export async function loadIdxFolder(
  dir: string,
  { onNote = () => {}, pixels }: IdxFolderOptions = {},
): Promise<Dataset<Split>> {
  const { prefix, paths } = await findIdxFiles(dir);
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    readIdx(paths.trainImages),
    readIdx(paths.trainLabels),
    readIdx(paths.testImages),
    readIdx(paths.testLabels),
  ]);
  const files = { trainImages, trainLabels, testImages, testLabels };
  const dataset = datasetFromIdx(files, { id: `idx:${basename(resolve(dir))}` }, { pixels });
  const renumbered = renumbering(classLabels(trainLabels));
  if (renumbered) onNote(`${trainLabels.path}: ${renumbered}`);
  if (/^emnist-/i.test(prefix)) {
    onNote(`${dir}: EMNIST stores its images transposed; they are used as they are stored`);
  }
  return dataset;
}

/**
 * Builds a dataset from four IDX files, with MatConvNet's preprocessing: pixels 0-255 minus the
 * training set's mean image (accumulated in float64), no scaling; or the pixels as they are. The classes are the labels that the
 * training set has, in ascending order: labels that begin at 1 or have gaps are renumbered.
 *
 * @param files The images, see {@link imagesOf}, and labels, [count].
 * @returns A dataset of inputs [C, H, W].
 * @throws {UserError} when a file is empty, images and labels differ in number, the splits differ in
 * image size, there is one class only, or a test label is not a class of the training set.
 */
export function datasetFromIdx(
  files: IdxFiles<Idx>,
  { id, title = id }: DatasetNames,
  { pixels = false }: Pick<IdxFolderOptions, "pixels"> = {},
): Dataset<Split> {
  const { trainLabels, testLabels } = files;
  const [train, test] = [imagesOf(files.trainImages), imagesOf(files.testImages)];
  checkCounts(train, trainLabels);
  checkCounts(test, testLabels);
  checkSameImageSize(train, test);
  const labels = classLabels(trainLabels);
  const mean = meanImage(train.pixels, train.count);
  const subtracted = pixels ? mean.map(() => 0) : mean;
  const scale = meanImageScale(mean, train.shape);
  return {
    id,
    title,
    checksum: checksumOf(files, renumbering(labels)),
    inputShape: train.shape,
    classes: labels.length,
    train: preprocess(train, classesOf(trainLabels, labels), subtracted),
    test: preprocess(test, classesOf(testLabels, labels), subtracted),
    toPixels: addMean(subtracted),
    scale: () => Promise.resolve(scale),
  };
}

/** Throws unless there are as many labels as images. */
function checkCounts(images: IdxImages, { path, shape }: Idx): void {
  if (shape.length === 1 && shape[0] === images.count) return;
  throw new UserError(
    `reading ${path}: expected ${images.count} labels, as many as there are images in ` +
      `${images.path}, got ${shape.join(" x ")}`,
  );
}

/** Throws unless both splits have images of one size. */
function checkSameImageSize(train: IdxImages, test: IdxImages): void {
  const [expected, came] = [train, test].map(({ shape }) => shape.join(" x "));
  if (expected === came) return;
  throw new UserError(
    `reading ${test.path}: expected images of ${expected} values, as in ${train.path}, got ${came}`,
  );
}

/** The images minus an image, with their classes. */
function preprocess(
  { pixels, count }: IdxImages,
  labels: Uint16Array,
  mean: Float64Array,
): Split {
  const images = sharedFloats(pixels.length);
  for (let start = 0; start < pixels.length; start += mean.length) {
    for (let i = 0; i < mean.length; i++) images[start + i] = pixels[start + i]! - mean[i]!;
  }
  return { images, labels, count };
}

/** The inverse of `preprocess` for one image; it is the same for all images. */
function addMean(mean: Float64Array): Dataset["toPixels"] {
  return (x) => {
    if (x.length !== mean.length) {
      throw new RangeError(
        `taking an input back to pixels: expected one image of ${mean.length} values, got ${x.length}`,
      );
    }
    return x.map((value, i) => value + mean[i]!);
  };
}

/** SHA-256 of the four files' decompressed contents, one after another, and of how labels are renumbered. */
function checksumOf(files: IdxFiles<Idx>, renumbered = ""): string {
  const hash = createHash("sha256");
  mapFiles(files, ({ bytes }) => hash.update(bytes));
  return hash.update(renumbered).digest("hex");
}
