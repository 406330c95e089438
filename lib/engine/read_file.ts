import { UserError } from "./user_error.ts";

/** How a file is read. */
export interface FileBytesOptions {
  /** The largest size that is read, in bytes; any size unless given. */
  readonly most?: number;
}

/**
 * A file's bytes. A pipe or a device is not opened, since reading it may never end.
 *
 * @throws {Deno.errors.NotFound} when there is no such file.
 * @throws {Error} when it cannot be read, is not a file, or is too large.
 */
export async function fileBytes(
  path: string,
  { most = Infinity }: FileBytesOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (isDirectory) throw new Error("it is a folder");
  if (!isFile) throw new Error("it is a pipe or a device, not a file");
  if (size > most) throw new Error(`it has ${size} bytes, more than ${most}`);
  return await Deno.readFile(path);
}

/**
 * The bytes of a file that the user named, or that should be in a folder of theirs; see {@link fileBytes}.
 *
 * @param expected What the file should be, for the message: "a text file"; "a readable file" unless given.
 * @throws {UserError} when the path is no string, or the file is missing or cannot be read.
 */
export async function readFile(
  path: string,
  expected = "a readable file",
): Promise<Uint8Array<ArrayBuffer>> {
  checkPath(path);
  return await fileBytes(path).catch((error: Error) => {
    throw new UserError(`reading ${path}: expected ${expected}: ${whyUnread(error)}`, 1, {
      cause: error,
    });
  });
}

/** Why a file could not be read, for a message. */
export function whyUnread(error: Error): string {
  return error instanceof Deno.errors.NotFound ? "there is none" : error.message;
}

/** Notebooks are not type-checked: they may give a file's bytes or a URL in place of its path. */
function checkPath(path: unknown): void {
  if (typeof path === "string") return;
  const kind = (path as object | undefined)?.constructor?.name;
  throw new UserError(`reading a file: expected its path as a string, got ${kind ?? path}`);
}
