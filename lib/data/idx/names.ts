import { join } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";

/** Something for each of the four files of a dataset in MNIST's layout. */
export interface IdxFiles<T> {
  /** Of the training images. */
  readonly trainImages: T;
  /** Of the training labels. */
  readonly trainLabels: T;
  /** Of the test images. */
  readonly testImages: T;
  /** Of the test labels. */
  readonly testLabels: T;
}

/** The names that MNIST's distribution gives the four files. */
export const idxNames: IdxFiles<string> = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
};

/** A file's name: an optional prefix before "train", the split, the contents, and whether it is gzipped. */
const pattern = /^(.*-)?(train|t10k|test)-(images|labels)[-.]idx\d-\w+?(\.gz)?$/;

/** The parts of a name. */
interface Name {
  readonly name: string;
  readonly prefix: string;
  readonly file: keyof IdxFiles<string>;
  readonly gzipped: boolean;
}

/** The four files of a folder. */
export interface FoundFiles {
  /** The prefix of their names: "emnist-letters-"; "" for MNIST's own names. */
  readonly prefix: string;
  /** Their paths. */
  readonly paths: IdxFiles<string>;
}

/**
 * Finds the four files of a dataset in a folder: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
 * t10k-labels-idx1-ubyte; also with .idx in place of -idx, test in place of t10k, other numbers and types in place of 3-ubyte and
 * 1-ubyte, a common prefix such as emnist-letters-, and .gz at the end. A plain file is preferred to a gzipped one.
 *
 * @param dir The folder.
 * @throws {UserError} when it cannot be read, a file is missing, or it holds the files of several datasets.
 */
export async function findIdxFiles(dir: string): Promise<FoundFiles> {
  const entries = await entriesOf(dir);
  const names = entries.flatMap(parsed);
  const prefixes = [...new Set(names.map(({ prefix }) => prefix))];
  const [prefix = ""] = prefixes;
  if (prefixes.length > 1) {
    throw new UserError(
      `loading ${dir}: expected the files of one dataset, got those of ${prefixes.length}, named ` +
        `${summary(prefixes.map((one) => `${one}train-...`))}; put each into a separate folder`,
    );
  }
  const plainFirst = names.toSorted((a, b) => Number(a.gzipped) - Number(b.gzipped));
  const paths = mapFiles(idxNames, (expected, file) => {
    const found = plainFirst.find((name) => name.file === file);
    if (found) return join(dir, found.name);
    throw new UserError(
      `loading ${dir}: expected a file ${prefix}${expected} (or with .idx in place of -idx, or with .gz); ` +
        `the folder holds ${summary(entries)}`,
    );
  });
  return { prefix, paths };
}

/** Applies a function to each of the four, in order. */
export function mapFiles<A, B>(
  files: IdxFiles<A>,
  fn: (value: A, file: keyof IdxFiles<A>) => B,
): IdxFiles<B> {
  return {
    trainImages: fn(files.trainImages, "trainImages"),
    trainLabels: fn(files.trainLabels, "trainLabels"),
    testImages: fn(files.testImages, "testImages"),
    testLabels: fn(files.testLabels, "testLabels"),
  };
}

/** The names of a folder's entries, sorted. */
async function entriesOf(dir: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    return entries.map(({ name }) => name).sort();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const came = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
    throw new UserError(`loading ${dir}: expected a folder of IDX files: ${came}`, 1, {
      cause: error,
    });
  }
}

/** The parts of a file name, if it names such a file. */
function parsed(name: string): Name[] {
  const [, prefix = "", part, what, gz] = pattern.exec(name) ?? [];
  if (!part) return [];
  const split = part === "train" ? "train" : "test";
  return [{
    name,
    prefix,
    file: what === "images" ? `${split}Images` : `${split}Labels`,
    gzipped: gz !== undefined,
  }];
}

/** A list of names, cut after the first eight. */
function summary(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  return names.slice(0, 8).map(excerpt).join(", ") + more;
}
