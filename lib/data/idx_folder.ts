import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { sharedFloats } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";
import type { Dataset, Split } from "./dataset.ts";
import { type Idx, readIdx } from "./idx.ts";
import { meanImage } from "./mean_image.ts";

/** Something for each of the four files of a dataset in MNIST's layout. */
export interface IdxFiles<T> {
  /** Of the training images, [count, height, width]. */
  readonly trainImages: T;
  /** Of the training labels, [count]. */
  readonly trainLabels: T;
  /** Of the test images, [count, height, width]. */
  readonly testImages: T;
  /** Of the test labels, [count]. */
  readonly testLabels: T;
}

/** The names that MNIST's distribution gives the four files. */
export const IDX_NAMES: IdxFiles<string> = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
};

/** What a dataset made from IDX files is called. */
export interface DatasetNames {
  /** The dataset's identifier. */
  readonly id: string;
  /** The name that tables show; the id if left out. */
  readonly title?: string;
}

/**
 * Loads a folder of four IDX files of grey images, as MNIST and its relatives are distributed:
 * train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte,
 * each also spelt train-images.idx3-ubyte, each also with .gz; a plain file goes before a gzipped
 * one. Its id is "idx:" and the folder's name; see `datasetFromIdx` for the rest.
 *
 * @param dir The folder.
 * @throws {UserError} if a file is missing or damaged, or the four do not fit together.
 */
export async function loadIdxFolder(dir: string): Promise<Dataset> {
  const names = await listFolder(dir);
  const paths = mapFiles(IDX_NAMES, (name) => findFile(dir, names, name));
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    readIdx(paths.trainImages, { dimensions: 3 }),
    readIdx(paths.trainLabels, { dimensions: 1 }),
    readIdx(paths.testImages, { dimensions: 3 }),
    readIdx(paths.testLabels, { dimensions: 1 }),
  ]);
  return datasetFromIdx({ trainImages, trainLabels, testImages, testLabels }, {
    id: `idx:${basename(resolve(dir))}`,
  });
}

/**
 * Builds a dataset from four IDX files, with MatConvNet's preprocessing: pixels 0-255 minus the
 * training set's mean image (accumulated in float64), no scaling. There are as many classes as the
 * largest training label says, plus one.
 *
 * @param files The images, [count, height, width], and labels, [count].
 * @returns A dataset of inputs [1, height, width].
 * @throws {UserError} if a file is empty, images and labels differ in number, the splits differ in
 * image size, there is one class only, or a test label is not a class of the training set.
 */
export function datasetFromIdx(
  files: IdxFiles<Idx>,
  { id, title = id }: DatasetNames,
): Dataset {
  const { trainImages, trainLabels, testImages, testLabels } = files;
  checkCounts(trainImages, trainLabels);
  checkCounts(testImages, testLabels);
  const inputShape = imageShape(trainImages);
  checkSameImageSize(trainImages, testImages);
  const classes = countClasses(trainLabels);
  checkLabels(testLabels, classes);
  const mean = meanImage(trainImages.data, trainLabels.data.length);
  return {
    id,
    title,
    checksum: checksumOf(files),
    inputShape,
    classes,
    train: preprocess(trainImages, trainLabels, mean),
    test: preprocess(testImages, testLabels, mean),
    toPixels: addMean(mean),
  };
}

/** Applies a function to each of the four, in order. */
function mapFiles<A, B>(files: IdxFiles<A>, fn: (value: A) => B): IdxFiles<B> {
  return {
    trainImages: fn(files.trainImages),
    trainLabels: fn(files.trainLabels),
    testImages: fn(files.testImages),
    testLabels: fn(files.testLabels),
  };
}

/** The names of a folder's entries, sorted. */
async function listFolder(dir: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    return entries.map(({ name }) => name).sort();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const came = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
    throw new UserError(`Loading ${dir}: expected a folder of IDX files: ${came}`, 1, {
      cause: error,
    });
  }
}

/** The path of one of the four files, under whichever spelling the folder has it. */
function findFile(dir: string, names: readonly string[], name: string): string {
  const spellings = [name, name.replace("-idx", ".idx")].flatMap((s) => [s, `${s}.gz`]);
  const plainFirst = spellings.toSorted((a, b) => Number(isGzip(a)) - Number(isGzip(b)));
  const found = plainFirst.find((spelling) => names.includes(spelling));
  if (found !== undefined) return join(dir, found);
  throw new UserError(
    `Loading ${dir}: expected one of ${spellings.join(", ")}; the folder holds ${summary(names)}`,
  );
}

/** Whether a file's name says that it is gzipped. */
function isGzip(name: string): boolean {
  return name.endsWith(".gz");
}

/** A list of names, cut after the first eight. */
function summary(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  return names.slice(0, 8).join(", ") + more;
}

/** Throws unless there are images, and as many labels as images. */
function checkCounts(images: Idx, labels: Idx): void {
  const [count, labelled] = [images.shape[0], labels.shape[0]];
  if (images.data.length === 0) {
    throw new UserError(
      `Reading ${images.path}: expected at least one image, got shape ${images.shape.join(" x ")}`,
    );
  }
  if (count !== labelled) {
    throw new UserError(
      `Reading ${labels.path}: expected ${count} labels, as many as there are images in ` +
        `${images.path}, got ${labelled}`,
    );
  }
}

/** The shape [1, H, W] of one of the images [count, H, W]. */
function imageShape({ path, shape }: Idx): [number, number, number] {
  const [, height, width, ...others] = shape;
  if (height === undefined || width === undefined || others.length > 0) {
    throw new UserError(
      `Reading ${path}: expected images [count, height, width], got shape ${shape.join(" x ")}`,
    );
  }
  return [1, height, width];
}

/** Throws unless both splits have images of one size. */
function checkSameImageSize(train: Idx, test: Idx): void {
  const [expected, came] = [train, test].map(({ shape }) => shape.slice(1).join(" x "));
  if (expected !== came) {
    throw new UserError(
      `Reading ${test.path}: expected images of ${expected} pixels, as in ${train.path}, got ${came}`,
    );
  }
}

/** The largest label plus one, at least 2. */
function countClasses({ path, data }: Idx): number {
  const classes = data.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  if (classes < 2) {
    throw new UserError(`Reading ${path}: expected labels of at least 2 classes, got only 0`);
  }
  return classes;
}

/** Throws if a label is not a class. */
function checkLabels({ path, data }: Idx, classes: number): void {
  const index = data.findIndex((label) => label >= classes);
  if (index < 0) return;
  throw new UserError(
    `Reading ${path}: expected labels 0 to ${classes - 1}, the classes of the training set, ` +
      `got ${data[index]} at index ${index}`,
  );
}

/** The images minus the mean image, with their labels. */
function preprocess(images: Idx, labels: Idx, mean: Float64Array): Split {
  const { data } = images;
  const out = sharedFloats(data.length);
  for (let start = 0; start < data.length; start += mean.length) {
    for (let i = 0; i < mean.length; i++) out[start + i] = data[start + i]! - mean[i]!;
  }
  return { images: out, labels: Uint16Array.from(labels.data), count: labels.data.length };
}

/** The inverse of `preprocess`, on one image: it is the same for all of them. */
function addMean(mean: Float64Array): Dataset["toPixels"] {
  return (x) => {
    if (x.length !== mean.length) {
      throw new RangeError(
        `Taking an input back to pixels: expected one image of ${mean.length} values, got ${x.length}`,
      );
    }
    return x.map((value, i) => value + mean[i]!);
  };
}

/** SHA-256 of the four files' decompressed contents, one after another. */
function checksumOf(files: IdxFiles<Idx>): string {
  const hash = createHash("sha256");
  mapFiles(files, ({ bytes }) => hash.update(bytes));
  return hash.digest("hex");
}
