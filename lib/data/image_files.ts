import { join } from "node:path";
import { UserError } from "../engine/user_error.ts";
import { listFolder } from "./folder_listing.ts";
import type { LoadProgress } from "./progress.ts";

/** An image file. */
export interface ImageFile {
  /** Its path, with slashes, relative to the folder that was opened. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** An image file whose class is known. */
export interface LabelledFile extends ImageFile {
  /** The name of its class. */
  readonly className: string;
}

/** Names of files that are taken for images. */
const imageName = /\.(jpe?g|png)$/i;

/**
 * The images in a folder and, after them, those in the folders below it: all files named .jpeg, .jpg or .png, sorted by name.
 *
 * @param dir The folder that was opened.
 * @param folder The folder, relative to it.
 * @throws {UserError} if a folder or a file cannot be read.
 */
export async function imagesIn(dir: string, folder: string): Promise<ImageFile[]> {
  const { folders, files } = await listFolder(join(dir, folder), "a folder of images");
  const images = files.filter((name) => imageName.test(name))
    .map((name) => sized(dir, `${folder}/${name}`));
  const below: ImageFile[][] = [];
  for (const name of folders) below.push(await imagesIn(dir, `${folder}/${name}`));
  return [images, ...below].flat();
}

/**
 * The images in folders that are named after their classes.
 *
 * @param dir The folder that was opened.
 * @param split The folder of class folders, relative to it.
 * @param classes The names of the class folders.
 * @throws {UserError} if a class has no images, or a folder or a file cannot be read.
 */
export async function imagesByClass(
  dir: string,
  split: string,
  classes: readonly string[],
  onProgress: LoadProgress = () => {},
): Promise<LabelledFile[]> {
  const images: LabelledFile[][] = [];
  for (const [i, className] of classes.entries()) {
    const files = await imagesIn(dir, `${split}/${className}`);
    if (files.length === 0) {
      const path = join(dir, split, className);
      throw new UserError(
        `Reading ${path}: expected a class's images (.jpeg, .jpg, .png), got none`,
      );
    }
    images.push(files.map((file) => ({ ...file, className })));
    onProgress(`listing ${split}/ (classes)`, i + 1, classes.length);
  }
  return images.flat();
}

/** Not asynchronous: that takes four times as long, which counts for a million files. */
function sized(dir: string, path: string): ImageFile {
  try {
    return { path, size: Deno.statSync(join(dir, path)).size };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Reading ${join(dir, path)}: expected an image: ${reason}`, 1, {
      cause: error,
    });
  }
}
