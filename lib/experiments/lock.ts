import { UserError } from "../engine/user_error.ts";

/** A held lock; disposing of it lets go. */
export type Lock = Disposable;

/**
 * Takes a file's lock for this process. The operating system lets go of it when its owner ends, however it ends, so a dead
 * owner's lock is free.
 *
 * @returns The lock, or who holds it.
 */
export async function takeLock(path: string): Promise<Lock | { readonly holder: string }> {
  const file = await open(path);
  if (!await file.tryLock(true)) {
    file.close();
    return { holder: (await Deno.readTextFile(path)).trim() || "another process" };
  }
  await file.truncate();
  await file.write(
    new TextEncoder().encode(
      `process ${Deno.pid} on ${Deno.hostname()} since ${new Date().toISOString()}\n`,
    ),
  );
  return { [Symbol.dispose]: () => file.close() };
}

/** Waits for a file's lock: for what is done in a moment. */
export async function waitForLock(path: string): Promise<Lock> {
  const file = await open(path);
  await file.lock(true);
  return { [Symbol.dispose]: () => file.close() };
}

/** Who holds a file's lock; undefined when it is free or there is no such file. */
export async function holderOf(path: string): Promise<string | undefined> {
  const file = await Deno.open(path, { read: true, write: true }).catch(() => undefined);
  if (!file) return undefined;
  using _ = file;
  if (await file.tryLock(true)) return undefined;
  return (await Deno.readTextFile(path)).trim() || "another process";
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw new UserError(
      `locking ${path}: expected a file that can be written: ${(error as Error).message}`,
      1,
      { cause: error },
    );
  }
}
