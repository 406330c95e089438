import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../engine/user_error.ts";
import { readIfThere } from "./files.ts";

/** A held lock; disposing of it releases it. */
export type Lock = Disposable;

/**
 * Takes a file's lock for this process. The operating system releases it when its owner ends, however it ends, so a dead
 * owner's lock is free.
 *
 * @returns The lock, or who holds it.
 * @throws {UserError} when the file cannot be written.
 */
export async function takeLock(path: string): Promise<Lock | { readonly holder: string }> {
  const file = await open(path);
  if (!await tryLock(file, path)) {
    file.close();
    return { holder: await nameIn(path) };
  }
  try {
    writeName(file);
  } catch (error) {
    file.close();
    throw refused(path, error);
  }
  return { [Symbol.dispose]: () => file.close() };
}

/** Waits for a file's lock, for work that takes only a moment. */
export async function waitForLock(path: string): Promise<Lock> {
  const file = await open(path);
  await locking(file, path, () => file.lock(true));
  return { [Symbol.dispose]: () => file.close() };
}

/** Who holds a file's lock; undefined when it is free or there is no such file. */
export async function holderOf(path: string): Promise<string | undefined> {
  const file = await Deno.open(path, { read: true, write: true }).catch(() => undefined);
  if (!file) return undefined;
  using _ = file;
  return await tryLock(file, path) ? undefined : await nameIn(path);
}

/**
 * Tries for half a second: a process that only asks for the holder has the lock for an instant, and a new owner needs an instant to write its
 * name.
 */
async function tryLock(file: Deno.FsFile, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await locking(file, path, () => file.tryLock(true))) return true;
    await delay(10);
  }
  return false;
}

/** Asks for a lock; a file system that has none is the user's mistake. */
async function locking<T>(file: Deno.FsFile, path: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    file.close();
    throw new UserError(
      `locking ${path}: expected a file system with locks (Lustre has them with the mount option flock): ${
        (error as Error).message
      }`,
      1,
      { cause: error },
    );
  }
}

/** Writes who holds a lock into its file, without a pause after taking it. */
function writeName(file: Deno.FsFile): void {
  const name = `process ${Deno.pid} on ${Deno.hostname()} since ${new Date().toISOString()}\n`;
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(name));
}

/** The owner's name; other contents of the file are not shown. */
async function nameIn(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readIfThere(path)).trim();
  return /^process \d+ on [ -~]{1,255}$/.test(text) ? text : "another process";
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw refused(path, error);
  }
}

function refused(path: string, error: unknown): UserError {
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(`locking ${path}: expected a file that can be written: ${message}`, 1, {
    cause: error,
  });
}
