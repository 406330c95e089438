import { createHash } from "node:crypto";
import { join } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { LoadProgress } from "../progress.ts";
import { type ClassOrder, listedClasses, orderNote, sortedClasses } from "./class_order.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";
import {
  classFolders,
  type ClassImages,
  imagesByClass,
  imagesIn,
  type LabelledFile,
} from "./image_files.ts";
import { type BadImage, type BadImagePolicy, type ImageList, imageList } from "./image_list.ts";
import { groundTruth, validationLabels } from "./validation_labels.ts";

/** How to open a folder of images. */
export interface ImageFolderOptions {
  /** What to do with an image that cannot be read, and with a class folder without images; "skip" unless given. */
  readonly bad?: BadImagePolicy;
  /** How many images are decoded at a time, a whole number >= 1; as many as there are cores unless given. */
  readonly parallel?: number;
  /** Called with the progress of listing the files. */
  readonly onProgress?: LoadProgress;
  /** Called with what a user should know about the files: which order the classes have, from where numbers of classes count. */
  readonly onNote?: (note: string) => void;
}

/** Labelled images in a folder, read on demand. */
export interface ImageFolder {
  /** The names of the classes; an image's label is its class's place. There may be more than have images. */
  readonly classes: readonly string[];
  /**
   * SHA-256, in hexadecimal, of the images' paths, sizes and classes, one per line, sorted by path, and of all classes
   * in their order where it differs from the alphabetical order of the images' classes. It covers all that is known without reading a million files.
   */
  readonly checksum: string;
  /** The images in train/; none where there is no such folder. */
  readonly train: ImageList;
  /** The images in val/ or validation/. */
  readonly test: ImageList;
  /** What was left out while listing the files, and why: class folders without images, images in no class folder. */
  readonly leftOut: readonly BadImage[];
}

/** Files that list the classes in the order of a model's outputs; the first one that exists counts. */
const classLists = ["classes.txt", "synsets.txt"];

/**
 * Opens a folder of images such as ILSVRC-2012's: val/ (or validation/) with a folder for each class, or with all images in it,
 * and, for training, train/ with a folder for each class. The classes of images that are in no class folders are named in
 * files beside val/: val_labels.txt or val_labels.csv, with a line "file class" for each image; or the devkit's
 * ILSVRC2012_validation_ground_truth.txt with synsets.txt, one synset per line in the order of the ILSVRC ids.
 *
 * The classes, and their order, are the lines of classes.txt or else of synsets.txt (unless that belongs to the devkit's file),
 * beside val/ or in it; without these, the folders of train/, or else the classes of the validation images: in alphabetical
 * order, or in the order of their numbers.
 *
 * Images are recognised by their names (.jpeg, .jpg, .png, .webp, .gif, and other types that cannot be read); they are listed here
 * and read later.
 *
 * @param dir The folder.
 * @throws {UserError} when a folder is missing, there are no classes, there are no validation images, or an image's class is not
 * named or is none of the classes; with `bad: "stop"` also for a class folder without images.
 * @throws {RangeError} when `parallel` is no whole number >= 1.
 */
export async function openImageFolder(
  dir: string,
  options: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const { bad = "skip", parallel = navigator.hardwareConcurrency, onNote = () => {} } = options;
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new RangeError(
      `opening ${dir}: expected to decode at least 1 image at a time, got ${parallel}`,
    );
  }
  const listing = await listFolder(dir, "a folder with val/ and, for training, train/");
  const val = await validationFolder(dir, listing);
  const known = await classList(dir, listing.files, val);
  const train = await trainingImages(dir, listing, { ...options, classes: known });
  const test = await validationImages(dir, listing.files, val, {
    ...options,
    classes: train.classes,
  });
  const { classes } = test;
  onNote(orderNote(classes));
  const listOf = (files: readonly LabelledFile[]) => {
    const paths = files.map(({ path }) => path);
    return imageList({ dir, paths, labels: labelsOf(dir, files, classes), bad, parallel });
  };
  const leftOut = [...train.leftOut, ...test.leftOut];
  if (bad === "stop" && leftOut[0]) {
    throw new UserError(`reading ${join(dir, leftOut[0].path)}: ${leftOut[0].reason}`);
  }
  return {
    classes: classes.names,
    checksum: checksumOf([...train.images, ...test.images], classes),
    train: listOf(train.images),
    test: listOf(test.images),
    leftOut,
  };
}

/** The settings for reading images. */
interface Reading extends ImageFolderOptions {
  /** The classes, if they are known. */
  readonly classes: ClassOrder | undefined;
}

/** A folder in the one that was opened. */
interface Split {
  /** Its name. */
  readonly split: string;
  /** What it holds. */
  readonly folder: FolderListing;
}

/** The folder of validation images. */
async function validationFolder(dir: string, listing: FolderListing): Promise<Split> {
  const split = splitFolder(listing, ["val", "validation"]);
  if (split) {
    return { split, folder: await listFolder(join(dir, split), "class folders or images") };
  }
  throw new UserError(`opening ${dir}: expected a folder val or validation in it, got none`);
}

/** The classes that a file lists. With the devkit's labels, synsets.txt is in another order. */
async function classList(
  dir: string,
  files: readonly string[],
  { split, folder }: Split,
): Promise<ClassOrder | undefined> {
  const isOrder = (path: string) => path !== "synsets.txt" || !files.includes(groundTruth);
  const all = [...files, ...folder.files.map((name) => `${split}/${name}`)];
  const found = classLists.flatMap((name) => [name, `${split}/${name}`])
    .find((path) => all.includes(path) && isOrder(path));
  return found ? await listedClasses(join(dir, found)) : undefined;
}

/** Whether there is nothing in a folder. */
function isEmpty({ folders, files, broken }: FolderListing): boolean {
  return folders.length + files.length + broken.length === 0;
}

/** The images in train/, if it exists and is not empty; its folders are the classes if no others are known. */
async function trainingImages(
  dir: string,
  listing: FolderListing,
  { classes, onProgress }: Reading,
): Promise<ClassImages & { readonly classes: ClassOrder | undefined }> {
  const split = splitFolder(listing, ["train"]);
  const none = { images: [], leftOut: [], classes };
  if (!split) return none;
  const path = join(dir, split);
  const folder = await listFolder(path, "class folders");
  if (isEmpty(folder)) return none;
  const own = classes ?? sortedClasses(classFolders(folder), `the folders of ${path}`);
  return { ...await imagesByClass(dir, split, folder, onProgress), classes: own };
}

/** The validation images, in class folders if there are folders. */
async function validationImages(
  dir: string,
  files: readonly string[],
  { split, folder }: Split,
  { classes, onProgress, onNote }: Reading,
): Promise<ClassImages & { readonly classes: ClassOrder }> {
  const path = join(dir, split);
  const names = classFolders(folder);
  if (names.length > 0) {
    const inFolders = await imagesByClass(dir, split, folder, onProgress);
    if (inFolders.images.length > 0) {
      return { ...inFolders, classes: classes ?? sortedClasses(names, `the folders of ${path}`) };
    }
    throw new UserError(`reading ${path}: expected images in the class folders, got none`);
  }
  const images = await imagesIn(dir, split);
  if (images.length === 0) {
    throw new UserError(`reading ${path}: expected class folders or images, got neither`);
  }
  return {
    ...await validationLabels(dir, files, images, { classes, ...(onNote ? { onNote } : {}) }),
    leftOut: [],
  };
}

/** The first of some names that a folder has; whether it is a folder shows when it is read. */
function splitFolder(
  { folders, files, broken }: FolderListing,
  names: readonly string[],
): string | undefined {
  const all = [...folders, ...files, ...broken];
  return names.find((name) => all.includes(name));
}

/** The positions of the files' classes among all classes. */
function labelsOf(
  dir: string,
  files: readonly LabelledFile[],
  { names, source }: ClassOrder,
): Uint16Array {
  const places = new Map(names.map((name, i) => [name, i]));
  return Uint16Array.from(files, ({ path, className }) => {
    const place = places.get(className);
    if (place !== undefined) return place;
    throw new UserError(
      `opening ${dir}: expected ${path} to be of one of the ${names.length} classes of ${source}, got "${
        excerpt(className)
      }"`,
    );
  });
}

function checksumOf(files: readonly LabelledFile[], { names }: ClassOrder): string {
  const hash = createHash("sha256");
  for (const { path, size, className } of files.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
    hash.update(`${path}\t${size}\t${className}\n`);
  }
  const own = [...new Set(files.map(({ className }) => className))].sort();
  if (names.join("\n") !== own.join("\n")) hash.update(names.join("\n"));
  return hash.digest("hex");
}
