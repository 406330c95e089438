import { UserError } from "../../engine/user_error.ts";
import { makeFolder, removeParts } from "../../files/files.ts";
import { type Lock, takeLock } from "../../files/lock.ts";

/**
 * Makes a folder of results and keeps other processes out of it until what is returned is disposed of: two that write there would mix
 * their results. What writers that were killed left is removed.
 *
 * @param doing What is being done, for the message: "attacking".
 * @throws {UserError} when the folder cannot be made or written to, or another process holds it.
 */
export async function holdFolder(doing: string, path: string): Promise<Lock> {
  await makeFolder(path);
  const lock = await takeLock(`${path}/lock`);
  if ("holder" in lock) {
    throw new UserError(
      `${doing} into ${path}: expected no other process there, but it is held by ${lock.holder}`,
    );
  }
  await removeParts(path);
  return lock;
}
