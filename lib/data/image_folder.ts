import { createHash } from "node:crypto";
import { join } from "node:path";
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";
import { imagesByClass, imagesIn, type LabelledFile } from "./image_files.ts";
import { type BadImagePolicy, type ImageList, imageList } from "./image_list.ts";
import type { LoadProgress } from "./progress.ts";
import { validationLabels } from "./validation_labels.ts";

/** How to open a folder of images. */
export interface ImageFolderOptions {
  /** What is done with an image that cannot be read; "skip" unless given. */
  readonly bad?: BadImagePolicy;
  /** How many images are decoded at a time, a whole number >= 1; as many as there are cores unless given. */
  readonly parallel?: number;
  /** Is told how far the listing of the files is. */
  readonly onProgress?: LoadProgress;
}

/** Labelled images in a folder, read when they are needed. */
export interface ImageFolder {
  /** The names of the classes, sorted; an image's label is its class's place. */
  readonly classes: readonly string[];
  /**
   * SHA-256, in hexadecimal, of the images' paths, sizes and classes, a line each, sorted by path: of what the folder holds as
   * far as that is known without reading a million files.
   */
  readonly checksum: string;
  /** The images in train/. */
  readonly train: ImageList;
  /** The images in val/ or validation/. */
  readonly test: ImageList;
}

/** Labels are unsigned 16-bit numbers. */
const mostClasses = 2 ** 16;

/**
 * Opens a folder of images such as ILSVRC-2012's: train/ with a folder for each class, and val/ (or validation/) with the
 * same, or with all images in it. The classes of the latter are named in files beside val/: val_labels.txt or
 * val_labels.csv, with a line "file class" for each image; or the devkit's ILSVRC2012_validation_ground_truth.txt with
 * synsets.txt, one synset a line in the order of the ILSVRC ids. Images are .jpeg, .jpg and .png files; they are listed
 * here and read later.
 *
 * @param dir The folder.
 * @throws {UserError} if a folder is missing, there are no classes, a class has no images, or the validation
 * images' classes are not named or are none of the training images'.
 * @throws {RangeError} if `parallel` is no whole number >= 1.
 */
export async function openImageFolder(
  dir: string,
  { bad = "skip", parallel = navigator.hardwareConcurrency, onProgress }: ImageFolderOptions = {},
): Promise<ImageFolder> {
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new RangeError(
      `Opening ${dir}: expected to decode at least 1 image at a time, got ${parallel}`,
    );
  }
  const listing = await listFolder(dir, "a folder with train/ and val/");
  const classes = await classFolders(dir, listing);
  const train = await imagesByClass(dir, "train", classes, onProgress);
  const test = await validationImages(dir, listing, onProgress);
  const listOf = (files: readonly LabelledFile[]) => {
    const paths = files.map(({ path }) => path);
    return imageList({ dir, paths, labels: labelsOf(dir, files, classes), bad, parallel });
  };
  return {
    classes,
    checksum: checksumOf([...train, ...test]),
    train: listOf(train),
    test: listOf(test),
  };
}

/** The names of the folders in train/. */
async function classFolders(dir: string, listing: FolderListing): Promise<readonly string[]> {
  const path = join(dir, splitFolder(dir, listing, ["train"]));
  const { folders } = await listFolder(path, "class folders");
  if (folders.length > 0 && folders.length <= mostClasses) return folders;
  throw new UserError(
    `Reading ${path}: expected 1 to ${mostClasses} folders, one for each class, got ${folders.length}`,
  );
}

/** The validation images, in class folders if there are folders. */
async function validationImages(
  dir: string,
  listing: FolderListing,
  onProgress?: LoadProgress,
): Promise<LabelledFile[]> {
  const split = splitFolder(dir, listing, ["val", "validation"]);
  const path = join(dir, split);
  const { folders } = await listFolder(path, "class folders or images");
  if (folders.length > 0) return await imagesByClass(dir, split, folders, onProgress);
  const images = await imagesIn(dir, split);
  if (images.length > 0) return await validationLabels(dir, listing.files, images);
  throw new UserError(`Reading ${path}: expected class folders or images, got neither`);
}

/** The first of some names that a folder has. */
function splitFolder(dir: string, { folders }: FolderListing, names: readonly string[]): string {
  const found = names.find((name) => folders.includes(name));
  if (found) return found;
  throw new UserError(`Opening ${dir}: expected a folder ${names.join(" or ")} in it, got none`);
}

/** The places of the files' classes among all. */
function labelsOf(
  dir: string,
  files: readonly LabelledFile[],
  classes: readonly string[],
): Uint16Array {
  const places = new Map(classes.map((name, i) => [name, i]));
  return Uint16Array.from(files, ({ path, className }) => {
    const place = places.get(className);
    if (place !== undefined) return place;
    throw new UserError(
      `Opening ${dir}: expected ${path} to be of one of the ${classes.length} classes of train/, got "${
        excerpt(className)
      }"`,
    );
  });
}

function checksumOf(files: readonly LabelledFile[]): string {
  const hash = createHash("sha256");
  for (const { path, size, className } of files.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
    hash.update(`${path}\t${size}\t${className}\n`);
  }
  return hash.digest("hex");
}
