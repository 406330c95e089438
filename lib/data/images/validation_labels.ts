import { join } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { classNames } from "./class_names.ts";
import { type ClassOrder, sortedClasses } from "./class_order.ts";
import type { ImageFile, LabelledFile } from "./image_files.ts";
import { folderOfImages, readLabelList } from "./label_list.ts";
import { readLines } from "./text_lines.ts";

/** Lists of "file class" lines; the first one that exists is read. */
const labelLists = ["val_labels.txt", "val_labels.csv"];
/** The devkit's list: one line per image, in the order of the images' numbers, with the ILSVRC id of its class. */
export const groundTruth = "ILSVRC2012_validation_ground_truth.txt";
/** Class names, one per line, in the order of their ILSVRC ids. */
const synsetList = "synsets.txt";

/** The options of reading labels. */
export interface ValidationOptions {
  /** The classes, where they are known already. */
  readonly classes?: ClassOrder | undefined;
  /** Called with what a user should know about the files: that a line is a header, from where numbers count. */
  readonly onNote?: (note: string) => void;
}

/** Images whose classes are known. */
export interface ValidationLabels {
  readonly images: readonly LabelledFile[];
  /** The given classes, else those that the labels name, or ILSVRC's. */
  readonly classes: ClassOrder;
}

/**
 * Reads the classes of images that are together in one folder, from files in the opened folder: val_labels.txt or
 * val_labels.csv with lines "file class", see {@link readLabelList} and {@link classNames}; or the devkit's
 * ILSVRC2012_validation_ground_truth.txt with a file synsets.txt, one synset per line in the order of the ILSVRC ids.
 *
 * @param dir The folder that was opened.
 * @param present The names of the files in it.
 * @param images The images, sorted by name.
 * @throws {UserError} when these files are missing, or do not name a class for every image.
 */
export async function validationLabels(
  dir: string,
  present: readonly string[],
  images: readonly ImageFile[],
  { classes, onNote = () => {} }: ValidationOptions = {},
): Promise<ValidationLabels> {
  const list = labelLists.find((name) => present.includes(name));
  if (list) {
    const path = join(dir, list);
    const labels = await readLabelList(path, images, onNote);
    if (!classes) return { images: named(images, labels), classes: sortedClasses(labels, path) };
    return { images: named(images, classNames(labels, classes, path, onNote)), classes };
  }
  const path = join(dir, groundTruth);
  if (!present.includes(groundTruth)) {
    const wanted = `${labelLists[0]} (lines "file class") or ${groundTruth}`;
    throw new UserError(
      `reading ${dir}: expected ${wanted} for the images in ${
        folderOfImages(images)
      }, which are in no class folders, ` +
        "but there is neither",
    );
  }
  if (!present.includes(synsetList)) {
    throw new UserError(
      `reading ${path}: expected a file ${synsetList} beside it, one synset per line in the order of the ` +
        `ILSVRC ids (of the devkit's meta.mat), but there is none`,
    );
  }
  const synsets = await readSynsets(join(dir, synsetList));
  return {
    images: fromGroundTruth(path, await readLines(path), synsets, images),
    // The devkit's synsets after the first thousand are groups of them.
    classes: classes ?? sortedClasses(synsets.slice(0, 1000), join(dir, synsetList)),
  };
}

function named(images: readonly ImageFile[], names: readonly string[]): LabelledFile[] {
  return images.map((image, i) => ({ ...image, className: names[i]! }));
}

/** Finds classes by ILSVRC ids, in the order of the images' numbers. */
function fromGroundTruth(
  path: string,
  lines: readonly string[],
  synsets: readonly string[],
  images: readonly ImageFile[],
): LabelledFile[] {
  checkCount(path, lines, images);
  return images.map((image, i) => {
    const line = i + 1;
    if (Number(/_(\d+)\.\w+$/.exec(image.path)?.[1]) !== line) {
      throw new UserError(
        `reading ${path}: expected images numbered from ILSVRC2012_val_00000001.JPEG on, ` +
          `got ${image.path} as number ${line}`,
      );
    }
    const className = synsets[Number(lines[i]) - 1];
    if (className) return { ...image, className };
    throw new UserError(
      `reading ${path}: expected ILSVRC ids 1 to ${synsets.length}, got "${
        excerpt(lines[i]!)
      }" in line ${line}`,
    );
  });
}

/** The synsets in the order of their ILSVRC ids. */
async function readSynsets(path: string): Promise<string[]> {
  const synsets = await readLines(path);
  const wrong = synsets.findIndex((line) => /\s/.test(line));
  if (wrong >= 0) {
    throw new UserError(
      `reading ${path}: expected one synset per line, got "${excerpt(synsets[wrong]!)}" in line ${
        wrong + 1
      }`,
    );
  }
  if (synsets.length >= 1000 && synsets.every((name, i) => i === 0 || synsets[i - 1]! < name)) {
    throw new UserError(
      `reading ${path}: expected synsets in the order of the ILSVRC ids (the devkit's meta.mat), got them sorted by name`,
    );
  }
  return synsets;
}

function checkCount(path: string, lines: readonly string[], images: readonly ImageFile[]): void {
  if (lines.length === images.length) return;
  const wanted = `${images.length} lines, one for each image in ${folderOfImages(images)}`;
  throw new UserError(`reading ${path}: expected ${wanted}, got ${lines.length}`);
}
