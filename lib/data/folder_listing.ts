import { join } from "node:path";
import { UserError } from "../engine/user_error.ts";

/** What a folder holds, sorted by name. */
export interface FolderListing {
  /** Names of folders. */
  readonly folders: readonly string[];
  /** Names of files. */
  readonly files: readonly string[];
}

/**
 * Lists a folder. Links are followed; names that begin with a dot are left out.
 *
 * @param expected What it should be, for the message: "a folder of images".
 * @throws {UserError} if there is none, or it cannot be read.
 */
export async function listFolder(path: string, expected: string): Promise<FolderListing> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
      if (name.startsWith(".")) continue;
      const isFolder = isDirectory || (isSymlink && await leadsToFolder(join(path, name)));
      (isFolder ? folders : files).push(name);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const came = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
    throw new UserError(`Reading ${path}: expected ${expected}: ${came}`, 1, { cause: error });
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** Whether a link does; one that leads nowhere is taken for a file, which then cannot be read. */
async function leadsToFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
