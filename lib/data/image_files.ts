import { join } from "node:path";
import { UserError } from "../engine/user_error.ts";
import { listFolder } from "./folder_listing.ts";
import type { LoadProgress } from "./progress.ts";

/** An image file. */
export interface ImageFile {
  /** Its path, with slashes, relative to the folder that was opened. */
  readonly path: string;
  /** Bytes; 0 where there is nothing to read, such as a link that leads nowhere. */
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
 * The images in a folder and, after them, those in the folders below it: all that is named .jpeg, .jpg or .png, sorted by name.
 * Whether it can be read is seen when it is.
 *
 * @param dir The folder that was opened.
 * @param folder The folder, relative to it.
 * @param above The folders that it is in, without links.
 * @throws {UserError} if a folder cannot be read, or leads back to one that it is in.
 */
export async function imagesIn(
  dir: string,
  folder: string,
  above: readonly string[] = [],
): Promise<ImageFile[]> {
  const path = join(dir, folder);
  const { folders, files } = await listFolder(path, "a folder of images");
  const real = await Deno.realPath(path);
  if (above.includes(real)) {
    throw new UserError(`Reading ${path}: expected a folder of images, got a link back to ${real}`);
  }
  const images = [...files, ...folders].filter((name) => imageName.test(name)).sort()
    .map((name) => sized(dir, `${folder}/${name}`));
  const below: ImageFile[][] = [];
  for (const name of folders.filter((name) => !imageName.test(name))) {
    below.push(await imagesIn(dir, `${folder}/${name}`, [...above, real]));
  }
  return [images, ...below].flat();
}

/**
 * The images in folders that are named after their classes.
 *
 * @param dir The folder that was opened.
 * @param split The folder of class folders, relative to it.
 * @param classes The names of the class folders.
 * @throws {UserError} if a class has no images, or a folder cannot be read.
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
    const { isFile, size } = Deno.statSync(join(dir, path));
    return { path, size: isFile ? size : 0 };
  } catch {
    return { path, size: 0 }; // reading it says why, and what is done then is the user's choice
  }
}
