import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../engine/user_error.ts";

/** The folder that data are kept in once they have been fetched or computed. */
export const cacheFolder: string = fileURLToPath(new URL("../../data/cache", import.meta.url));

/**
 * Makes a folder of files whole: under a temporary name beside it, renamed when complete, so that what is there is all of it.
 * Nothing is done where it is there already. Of several processes one makes it and the others wait; the lock is the operating
 * system's and ends with the process that holds it.
 *
 * @param folder The folder to make.
 * @param make Fills the folder that it is given.
 * @throws {UserError} if the folder cannot be written.
 * @throws {unknown} what `make` throws, after what it left has been removed.
 */
export async function makeOnce(
  folder: string,
  make: (unfinished: string) => Promise<void>,
): Promise<void> {
  if (await isThere(folder)) return;
  const unfinished = `${folder}.part`;
  await writing(folder, () => Deno.mkdir(dirname(folder), { recursive: true }));
  using lock = await writing(
    folder,
    () => Deno.open(`${dirname(folder)}/lock`, { create: true, write: true }),
  );
  await lock.lock(true);
  if (await isThere(folder)) return; // another process made it meanwhile
  await remove(unfinished); // by a process that was killed
  try {
    await writing(folder, () => Deno.mkdir(unfinished));
    await make(unfinished);
    await writing(folder, () => Deno.rename(unfinished, folder));
  } catch (error) {
    await remove(unfinished);
    throw error;
  }
}

/** Does something that writes, and makes one line of what goes wrong. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Writing ${path}: expected room and leave to write it: ${reason}`, 1, {
      cause: error,
    });
  }
}

async function isThere(folder: string): Promise<boolean> {
  return await Deno.stat(folder).then(() => true, () => false);
}

async function remove(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
