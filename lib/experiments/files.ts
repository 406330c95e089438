import { UserError } from "../engine/user_error.ts";

/**
 * Writes a file whole: under a temporary name beside it, renamed when complete, so that a reader sees all of it or none.
 *
 * @throws UserError when it cannot be written; nothing half-written stays.
 */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${Deno.pid}.part`;
  try {
    if (typeof contents === "string") await Deno.writeTextFile(temporary, contents);
    else await Deno.writeFile(temporary, contents);
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary);
    throw new UserError(
      `writing ${path}: expected room and leave to write it: ${messageOf(error)}`,
      1,
      { cause: error },
    );
  }
}

/**
 * Makes a folder and those above it.
 *
 * @throws UserError when it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new UserError(
      `making the folder ${path}: expected a place that can be written to: ${messageOf(error)}`,
      1,
      { cause: error },
    );
  }
}

/** A file's bytes, or undefined when there is no such file. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UserError(
      `reading ${path}: expected a file that can be read: ${messageOf(error)}`,
      1,
      { cause: error },
    );
  }
}

/** Removes what writers that were killed left in a folder. Call it where nobody else writes. */
export async function removeParts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.\d+\.part$/.test(name)) await removeIfThere(`${folder}/${name}`);
  }
}

/** Removes a file, if it is there. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
