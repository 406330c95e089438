import { join } from "node:path";
import { UserError } from "../../engine/user_error.ts";
import type { LoadProgress } from "../progress.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";
import type { BadImage } from "./image_list.ts";
import { imageName } from "./image_types.ts";

/** An image file. */
export interface ImageFile {
  /** Its path, with slashes, relative to the folder that was opened. */
  readonly path: string;
  /** Bytes; 0 where there is nothing to read, such as a broken link. */
  readonly size: number;
}

/** An image file whose class is known. */
export interface LabelledFile extends ImageFile {
  /** The name of its class. */
  readonly className: string;
}

/** The images of classes. */
export interface ClassImages {
  /** The images, class by class. */
  readonly images: readonly LabelledFile[];
  /** What is left out, and why: empty class folders, and images outside of class folders. */
  readonly leftOut: readonly BadImage[];
}

/**
 * The images in a folder and, after them, those in the folders below it: all files with an image's name and broken
 * links, sorted by name. Unreadable ones are found when they are read.
 *
 * @param dir The folder that was opened.
 * @param folder The folder, relative to it.
 * @param above The folders above it, with links resolved.
 * @throws {UserError} when a folder cannot be read, or leads back to a folder above it.
 */
export async function imagesIn(
  dir: string,
  folder: string,
  above: readonly string[] = [],
): Promise<ImageFile[]> {
  const path = join(dir, folder);
  const { folders, files, broken } = await listFolder(path, "a folder of images");
  const real = await Deno.realPath(path);
  if (above.includes(real)) {
    throw new UserError(`reading ${path}: expected a folder of images, got a link back to ${real}`);
  }
  const named = [...files, ...folders].filter((name) => imageName.test(name));
  const images = [...named, ...broken].sort().map((name) => sized(dir, `${folder}/${name}`));
  const below: ImageFile[][] = [];
  for (const name of folders.filter((name) => !imageName.test(name))) {
    below.push(await imagesIn(dir, `${folder}/${name}`, [...above, real]));
  }
  return [images, ...below].flat();
}

/** The names of class folders, sorted; a broken link counts as one, unless it has an image's name. */
export function classFolders({ folders, broken }: FolderListing): string[] {
  return [...folders, ...broken.filter((name) => !imageName.test(name))].sort();
}

/**
 * The images in folders that are named after their classes.
 *
 * @param dir The folder that was opened.
 * @param split The folder of class folders, relative to it.
 * @param listing What is in that folder.
 * @throws {UserError} when a folder cannot be read.
 */
export async function imagesByClass(
  dir: string,
  split: string,
  listing: FolderListing,
  onProgress: LoadProgress = () => {},
): Promise<ClassImages> {
  const classes = classFolders(listing);
  const images: LabelledFile[][] = [];
  const leftOut = strayImages(split, listing);
  for (const [i, className] of classes.entries()) {
    const path = `${split}/${className}`;
    const isBroken = listing.broken.includes(className);
    const files = isBroken ? [] : await imagesIn(dir, path);
    if (files.length === 0) {
      const came = isBroken ? "a broken link" : "none";
      leftOut.push({ path, reason: `expected a class's images, got ${came}` });
    }
    images.push(files.map((file) => ({ ...file, className })));
    onProgress(`listing ${split}/ (classes)`, i + 1, classes.length);
  }
  return { images: images.flat(), leftOut };
}

/** Images that lie beside the class folders. */
function strayImages(split: string, { files, broken }: FolderListing): BadImage[] {
  const names = [...files, ...broken].filter((name) => imageName.test(name));
  const reason = "expected an image in a class folder, got one beside them";
  return names.map((name) => ({ path: `${split}/${name}`, reason }));
}

/** Not asynchronous: that takes four times as long, which matters for a million files. */
function sized(dir: string, path: string): ImageFile {
  try {
    const { isFile, size } = Deno.statSync(join(dir, path));
    return { path, size: isFile ? size : 0 };
  } catch {
    return { path, size: 0 }; // reading it says why, and what is done then is the user's choice
  }
}
