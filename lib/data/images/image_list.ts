import { join } from "node:path";
import { random } from "../../engine/random.ts";
import { fileBytes, whyUnread } from "../../engine/read_file.ts";
import { sharedFloats } from "../../engine/shared_memory.ts";
import { UserError } from "../../engine/user_error.ts";
import { centreCrop, copyCrop, randomCrop } from "./crop.ts";
import { readableImage } from "./image_types.ts";
import { inParallel } from "./in_parallel.ts";

/** Which square of an image to read. */
export type CropOptions =
  & {
    /** The square's side, in pixels. */
    readonly size: number;
    /** The length that the image's short side is resized to first, at least `size`; 256 unless given. */
    readonly resize?: number;
  }
  & (
    | {
      /** The middle square, for measuring. */
      readonly crop: "centre";
    }
    | {
      /** A random square, mirrored with probability 1/2, for training. */
      readonly crop: "random";
      /** How many pixels it may reach beyond the image on each side, where the pixels at the edge are repeated; 0 unless given. */
      readonly border?: number;
      /** The key of the random numbers, with the image's index: the same key gives the same pixels, whatever else is read. */
      readonly key: readonly (number | string)[];
    }
  );

/** An image that could not be read. */
export interface BadImage {
  /** Its path, as in {@link ImageList.paths}. */
  readonly path: string;
  /** What was expected and what came. */
  readonly reason: string;
}

/** Images that were read. */
export interface ReadCrops {
  /** RGB 0-255, [k, 3, size, size], in memory that threads share. */
  readonly images: Float32Array;
  /** The requested indices that were read, [k], in the order of the request. */
  readonly good: Uint32Array;
  /** The images that could not be read. */
  readonly bad: readonly BadImage[];
}

/** Labelled images in files, read on demand. */
export interface ImageList {
  /** How many. */
  readonly count: number;
  /** The class of each, [count]. */
  readonly labels: Uint16Array;
  /** The file of each, [count], relative to the folder that was opened. */
  readonly paths: readonly string[];
  /**
   * Reads squares of images. It needs memory for the result and for the images that are decoded at a time: a list
   * larger than memory is read in blocks.
   *
   * @param indices Which images, 0 .. count - 1.
   * @throws {UserError} when an image cannot be read and bad images are not left out.
   * @throws {RangeError} when an index or a length is out of range.
   */
  readonly read: (indices: ArrayLike<number>, how: CropOptions) => Promise<ReadCrops>;
}

/** What to do with an image that cannot be read: leave it out and report it, or stop with an error. */
export type BadImagePolicy = "skip" | "stop";

/** The parts of an image list. */
export interface ImageListOptions extends Pick<ImageList, "labels" | "paths"> {
  /** The folder that the paths are relative to. */
  readonly dir: string;
  /** What to do with images that cannot be read. */
  readonly bad: BadImagePolicy;
  /** How many images are decoded at a time. */
  readonly parallel: number;
}

/** Makes a list of images. */
export function imageList({ dir, labels, paths, bad, parallel }: ImageListOptions): ImageList {
  const read: ImageList["read"] = async (indices, how) => {
    checkLengths(how);
    const wanted = Uint32Array.from(checkedIndices(indices, paths.length));
    const length = 3 * how.size ** 2;
    const images = sharedFloats(wanted.length * length);
    const reasons = new Map<number, string>();
    await inParallel(wanted.length, parallel, async (i) => {
      const index = wanted[i]!;
      const path = join(dir, paths[index]!);
      const planes = images.subarray(i * length, (i + 1) * length);
      await readCrop(path, index, how, planes).catch((error) => {
        if (!(error instanceof UserError)) throw error;
        if (bad === "stop") {
          throw new UserError(`reading ${path}: ${error.message}`, 1, { cause: error });
        }
        reasons.set(i, error.message);
      });
    });
    return withoutBad({ images, length, wanted, reasons, paths });
  };
  return { count: paths.length, labels, paths, read };
}

/** Reads a square of an image; messages do not name the file. */
async function readCrop(
  path: string,
  index: number,
  { size, resize = 256, ...how }: CropOptions,
  planes: Float32Array,
): Promise<void> {
  const bytes = await imageBytes(path);
  const { decodeImage } = await import("./decode_image.ts"); // with libvips, once it is needed
  const image = await decodeImage(bytes, resize);
  const crop = how.crop === "random"
    ? randomCrop(image, size, random("crop", index, ...how.key), how.border)
    : centreCrop(image, size);
  copyCrop(image, crop, size, planes);
}

/** The largest file that is read, in bytes. */
const largest = 2 ** 28;

/** An image file's bytes. */
async function imageBytes(path: string): Promise<Uint8Array> {
  return await fileBytes(path, { most: largest }).catch((error: Error) => {
    throw new UserError(`expected ${readableImage}: ${whyUnread(error)}`, 1, { cause: error });
  });
}

interface ReadRows {
  /** One row of `length` values for each requested image. */
  readonly images: Float32Array;
  readonly length: number;
  readonly wanted: Uint32Array;
  /** Why rows could not be read. */
  readonly reasons: ReadonlyMap<number, string>;
  readonly paths: readonly string[];
}

/** Closes the gaps of images that were not read. */
function withoutBad({ images, length, wanted, reasons, paths }: ReadRows): ReadCrops {
  const rows = Uint32Array.from(wanted.keys()).filter((row) => !reasons.has(row));
  rows.forEach((row, i) => images.copyWithin(i * length, row * length, (row + 1) * length));
  const failed = Array.from(reasons).sort(([a], [b]) => a - b);
  return {
    images: images.subarray(0, rows.length * length),
    good: rows.map((row) => wanted[row]!),
    bad: failed.map(([row, reason]) => ({ path: paths[wanted[row]!]!, reason })),
  };
}

function checkLengths({ size, resize = 256 }: CropOptions): void {
  if (Number.isInteger(size) && Number.isInteger(resize) && size >= 1 && size <= resize) return;
  throw new RangeError(
    `reading images: expected whole numbers 1 <= size <= resize, got size ${size}, resize ${resize}`,
  );
}

function checkedIndices(indices: ArrayLike<number>, count: number): ArrayLike<number> {
  const wrong = Array.from(indices).find((index) =>
    !(Number.isInteger(index) && index >= 0 && index < count)
  );
  if (wrong === undefined) return indices;
  throw new RangeError(`reading images: expected indices 0 to ${count - 1}, got ${wrong}`);
}
