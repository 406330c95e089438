import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder, removeFolder, writing } from "../files/files.ts";
import { waitForLock } from "../files/lock.ts";

/** The folder that keeps data once they have been fetched or computed. */
export const cacheFolder: string = fileURLToPath(new URL("../../data/cache", import.meta.url));

/**
 * Makes a folder of files under a temporary name and renames it when complete, so that an existing folder is always complete.
 * Does nothing where it exists already. One of several processes makes it and the others wait; the lock is the operating
 * system's and ends with the process that holds it.
 *
 * @param folder The folder to make.
 * @param make Fills the folder that it is given.
 * @throws {UserError} when the folder cannot be written.
 * @throws {unknown} what `make` throws, after its files have been removed.
 */
export async function makeOnce(
  folder: string,
  make: (unfinished: string) => Promise<void>,
): Promise<void> {
  if (await isThere(folder)) return;
  const unfinished = `${folder}.part`;
  await makeFolder(dirname(folder));
  using _ = await waitForLock(`${dirname(folder)}/lock`);
  if (await isThere(folder)) return; // another process made it meanwhile
  await removeFolder(unfinished); // left by a process that was killed
  try {
    await makeFolder(unfinished);
    await make(unfinished);
    await writing(folder, () => Deno.rename(unfinished, folder));
  } catch (error) {
    await removeFolder(unfinished);
    throw error;
  }
}

/** Whether a folder has been made. */
export async function isThere(folder: string): Promise<boolean> {
  return await Deno.stat(folder).then(() => true, () => false);
}
