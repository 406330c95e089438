import { basename, join } from "node:path";
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import type { ImageFile, LabelledFile } from "./image_files.ts";

/** Lists of "file class" lines, of which one is read. */
const labelLists = ["val_labels.txt", "val_labels.csv"];
/** The devkit's: a line an image, in the order of the images' numbers, with the ILSVRC id of its class. */
const groundTruth = "ILSVRC2012_validation_ground_truth.txt";
/** Class names, a line each, in the order of their ILSVRC ids. */
const synsetList = "synsets.txt";

/**
 * Says of which class images are that lie together in one folder, from files in the folder that was opened: val_labels.txt or
 * val_labels.csv with lines "file class", divided by space, tab or comma; or the devkit's
 * ILSVRC2012_validation_ground_truth.txt with a file synsets.txt, one synset a line in the order of the ILSVRC ids.
 *
 * @param dir The folder that was opened.
 * @param present The names of the files in it.
 * @param images The images, sorted by name.
 * @throws {UserError} if these files are missing, or do not name a class for every image.
 */
export async function validationLabels(
  dir: string,
  present: readonly string[],
  images: readonly ImageFile[],
): Promise<LabelledFile[]> {
  const list = labelLists.find((name) => present.includes(name));
  if (list) return fromList(join(dir, list), await readLines(join(dir, list)), images);
  const path = join(dir, groundTruth);
  if (!present.includes(groundTruth)) {
    const wanted = `${labelLists[0]} (lines "file class") or ${groundTruth}`;
    throw new UserError(
      `Reading ${dir}: expected ${wanted} for the images in ${
        folderOf(images)
      }, which are in no class folders, ` +
        "but there is neither",
    );
  }
  if (!present.includes(synsetList)) {
    throw new UserError(
      `Reading ${path}: expected a file ${synsetList} beside it, one synset a line in the order of the ` +
        `ILSVRC ids (of the devkit's meta.mat), but there is none`,
    );
  }
  const synsets = await readSynsets(join(dir, synsetList));
  return fromGroundTruth(path, await readLines(path), synsets, images);
}

/** Takes classes from lines "file class". */
function fromList(
  path: string,
  lines: readonly string[],
  images: readonly ImageFile[],
): LabelledFile[] {
  const classes = new Map<string, string>();
  for (const [i, line] of lines.entries()) {
    const [, file, className] = /^(.*[^\s,])[\s,]+([^\s,]+)$/.exec(line) ?? [];
    if (!file || !className || classes.has(file)) {
      const expected = file && className ? "each file once" : `lines "file class"`;
      throw new UserError(
        `Reading ${path}: expected ${expected}, got "${excerpt(line)}" in line ${i + 1}`,
      );
    }
    classes.set(file, className);
  }
  checkCount(path, lines, images);
  return images.map((image) => {
    const className = classes.get(basename(image.path));
    if (className) return { ...image, className };
    throw new UserError(`Reading ${path}: expected a line for ${image.path}, but there is none`);
  });
}

/** Takes classes from ILSVRC ids, which the images' numbers lead to. */
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
        `Reading ${path}: expected images numbered from ILSVRC2012_val_00000001.JPEG on, ` +
          `got ${image.path} as number ${line}`,
      );
    }
    const className = synsets[Number(lines[i]) - 1];
    if (className) return { ...image, className };
    throw new UserError(
      `Reading ${path}: expected ILSVRC ids 1 to ${synsets.length}, got "${
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
      `Reading ${path}: expected one synset a line, got "${excerpt(synsets[wrong]!)}" in line ${
        wrong + 1
      }`,
    );
  }
  if (synsets.length >= 1000 && synsets.every((name, i) => i === 0 || synsets[i - 1]! < name)) {
    throw new UserError(
      `Reading ${path}: expected synsets in the order of the ILSVRC ids (the devkit's meta.mat), got them sorted by name`,
    );
  }
  return synsets;
}

function checkCount(path: string, lines: readonly string[], images: readonly ImageFile[]): void {
  if (lines.length === images.length) return;
  const wanted = `${images.length} lines, one for each image in ${folderOf(images)}`;
  throw new UserError(`Reading ${path}: expected ${wanted}, got ${lines.length}`);
}

/** A text's lines without spaces around them, up to the last that is not empty. */
async function readLines(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new UserError(`Reading ${path}: expected a text file: ${error.message}`, 1, {
      cause: error,
    });
  });
  return text.trimEnd().split("\n").map((line) => line.trim());
}

function folderOf(images: readonly ImageFile[]): string {
  return images[0]!.path.replace(/[^/]*$/, "");
}
