import { join } from "node:path";
import { UserError } from "../../engine/user_error.ts";

/** What a folder holds, sorted by name. */
export interface FolderListing {
  /** Names of folders. */
  readonly folders: readonly string[];
  /** Names of files. */
  readonly files: readonly string[];
  /** Names of broken links, whose type is not known. */
  readonly broken: readonly string[];
}

/**
 * Lists a folder. Links are followed; names that begin with a dot are left out.
 *
 * @param expected The expectation, for the message: "a folder of images".
 * @throws {UserError} when there is none, or it cannot be read.
 */
export async function listFolder(path: string, expected: string): Promise<FolderListing> {
  const folders: string[] = [];
  const files: string[] = [];
  const broken: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
      if (name.startsWith(".")) continue;
      const target = isSymlink ? await targetOf(join(path, name)) : { isDirectory };
      (target ? target.isDirectory ? folders : files : broken).push(name);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const came = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
    throw new UserError(`reading ${path}: expected ${expected}: ${came}`, 1, { cause: error });
  }
  return { folders: folders.sort(), files: files.sort(), broken: broken.sort() };
}

/** The target of a link; undefined for a broken one. */
async function targetOf(path: string): Promise<Deno.FileInfo | undefined> {
  return await Deno.stat(path).catch(() => undefined);
}
