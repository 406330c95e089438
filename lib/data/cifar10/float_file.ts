import { sharedFloats } from "../../engine/shared_memory.ts";
import { UserError } from "../../engine/user_error.ts";

/** Bytes that are read or written at a time. */
const chunk = 2 ** 26;

/** Writes float32 numbers, in the machine's order of bytes, from memory that may be shared, and waits until the disk has them. */
export async function writeFloats(path: string, data: Float32Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at, at + chunk));
  await file.sync();
}

/**
 * Reads as many float32 numbers as a file must hold into memory that threads can share.
 *
 * @throws {UserError} when the file is missing or of another length.
 */
export async function readFloats(path: string, length: number): Promise<Float32Array> {
  using file = await Deno.open(path).catch((error) => {
    throw new UserError(`reading ${path}: expected a file that can be read: ${error.message}`, 1, {
      cause: error,
    });
  });
  const { size } = await file.stat();
  if (size !== 4 * length) {
    throw new UserError(
      `reading ${path}: expected ${
        4 * length
      } bytes, got ${size}; remove its folder to have it made again`,
    );
  }
  const data = sharedFloats(length);
  const bytes = new Uint8Array(data.buffer);
  for (let at = 0; at < bytes.length;) {
    at += await file.read(bytes.subarray(at, at + chunk)) ?? bytes.length;
  }
  return data;
}
