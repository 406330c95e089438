import { createHash } from "node:crypto";
import { join } from "node:path";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import type { RawSplit } from "./whitened_dataset.ts";

/** One of CIFAR-10's six files in the original binary layout. */
export interface BatchFile {
  /** Its name. */
  readonly name: string;
  /** SHA-256 of its contents, in hexadecimal. */
  readonly sha256: string;
}

/** The files of a dataset in CIFAR-10's binary layout. */
export interface BatchFiles {
  /** Images in each file. */
  readonly images: number;
  /** The training batches, in order. */
  readonly train: readonly BatchFile[];
  /** The test batch. */
  readonly test: BatchFile;
}

/** CIFAR-10 as it was published. */
export interface RawCifar10 {
  readonly train: RawSplit;
  readonly test: RawSplit;
  /** SHA-256 of the files' contents, training batches first. */
  readonly checksum: string;
}

/** The values of an image: three planes of 32 x 32 pixels, red, green and blue. */
export const imageLength: number = 3 * 32 * 32;

/** The number of classes. */
export const classes = 10;

/** The files of the original cifar-10-binary.tar.gz. */
export const cifar10Files: BatchFiles = {
  images: 10_000,
  train: [
    {
      name: "data_batch_1.bin",
      sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    },
    {
      name: "data_batch_2.bin",
      sha256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    },
    {
      name: "data_batch_3.bin",
      sha256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    },
    {
      name: "data_batch_4.bin",
      sha256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    },
    {
      name: "data_batch_5.bin",
      sha256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    },
  ],
  test: {
    name: "test_batch.bin",
    sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
  },
};

/**
 * Reads a folder in CIFAR-10's binary layout: in each file, for every image, a byte for its class and then its pixels.
 *
 * @param dir The folder.
 * @throws {UserError} when a file is missing, is longer or shorter than it should be, has labels outside the classes, or is not the one
 * that was published.
 */
export async function readBatches(
  dir: string,
  { images, train, test }: BatchFiles = cifar10Files,
): Promise<RawCifar10> {
  const checksum = createHash("sha256");
  const read = async (files: readonly BatchFile[]): Promise<RawSplit> => {
    const split = emptySplit(files.length * images);
    for (const [i, file] of files.entries()) {
      const bytes = await readBatch(dir, file, images);
      checksum.update(bytes);
      unpack(bytes, split, i * images);
    }
    return split;
  };
  const raw = { train: await read(train), test: await read([test]) };
  return { ...raw, checksum: checksum.digest("hex") };
}

/** A file's contents, checked; the most telling mistake is reported first. */
async function readBatch(
  dir: string,
  { name, sha256 }: BatchFile,
  images: number,
): Promise<Uint8Array> {
  const path = join(dir, name);
  const bytes = await readFile(path, "a batch of CIFAR-10's binary version");
  const fail = (expected: string, came: string | number) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  const length = images * (1 + imageLength);
  if (bytes.length !== length) {
    const problem = bytes.length < length ? "is truncated" : "has trailing bytes";
    throw fail(
      `${length} bytes (${images} images of 1 + ${imageLength})`,
      `${bytes.length}: the file ${problem}`,
    );
  }
  const labels = labelsOf(bytes);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) throw fail(`labels 0 to ${classes - 1}`, `${labels[wrong]} at image ${wrong}`);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256) throw fail(`CIFAR-10's file with SHA-256 ${sha256}`, actual);
  return bytes;
}

function emptySplit(count: number): RawSplit {
  return { pixels: new Uint8Array(count * imageLength), labels: new Uint8Array(count), count };
}

function labelsOf(batch: Uint8Array): number[] {
  const images = batch.length / (1 + imageLength);
  return Array.from({ length: images }, (_, i) => batch[i * (1 + imageLength)]!);
}

/** Copies a batch into a split, from an image on. */
function unpack(batch: Uint8Array, { pixels, labels }: RawSplit, from: number): void {
  labels.set(labelsOf(batch), from);
  for (let at = 0, i = from; at < batch.length; at += 1 + imageLength, i++) {
    pixels.set(batch.subarray(at + 1, at + 1 + imageLength), i * imageLength);
  }
}
