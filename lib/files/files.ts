import { fileBytes } from "../engine/read_file.ts";
import { UserError } from "../engine/user_error.ts";

/**
 * Writes a file under a temporary name and renames it when it is complete and on the disk, so that a reader sees
 * all of it or none, also after a power failure.
 *
 * @throws {UserError} when it cannot be written; no partial file remains.
 */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${Deno.pid}.part`;
  try {
    await writing(path, async () => {
      await writeSynced(temporary, contents);
      await Deno.rename(temporary, path);
    });
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // the write's own error is reported
    throw error;
  }
}

/**
 * Runs something that writes.
 *
 * @throws {UserError} when it fails, in one line that names the path.
 */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw failed(`writing ${path}: expected enough space and the permission to write it`, error);
  }
}

/** Writes a file and waits until the disk has it. */
async function writeSynced(path: string, contents: Uint8Array | string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/**
 * Makes a folder and those above it.
 *
 * @throws {UserError} when it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw failed(`making the folder ${path}: expected a place that can be written to`, error);
  }
}

/**
 * A file's bytes, or undefined when there is no such file.
 *
 * @throws {UserError} when it is there but cannot be read.
 */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await fileBytes(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw failed(`reading ${path}: expected a file that can be read`, error);
  }
}

/**
 * The names of what is in a folder; none when there is no such folder.
 *
 * @throws {UserError} when it is there but cannot be read.
 */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw failed(`reading ${folder}: expected a folder that can be read`, error);
  }
}

/** Removes what writers that were killed left in a folder. Call it where nobody else writes. */
export async function removeParts(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /\.\d+\.part$/.test(name)) await removeIfThere(`${folder}/${name}`);
  }
}

/**
 * Removes a file, if it is there.
 *
 * @throws {UserError} when it is there and cannot be removed.
 */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw failed(`removing ${path}: expected a file that can be removed`, error);
  }
}

/**
 * Removes a folder and all that is in it, if it is there.
 *
 * @throws {UserError} when it is there and cannot be removed.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw failed(`removing ${path}: expected a folder that can be removed`, error);
  }
}

function failed(what: string, error: unknown): UserError {
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(`${what}: ${message}`, 1, { cause: error });
}
