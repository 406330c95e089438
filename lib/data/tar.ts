import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";

/** A file of an archive. */
export interface TarFile {
  /** Its path in the archive. */
  readonly name: string;
  /** Its contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The size of a block; headers and contents fill whole blocks. */
const block = 512;

/**
 * The files of a tar archive (POSIX ustar), one after another; only one of them is in memory at a time.
 *
 * @param stream The archive, decompressed.
 * @param path Where it came from, for messages.
 * @throws {UserError} when the archive ends within a file, a header is damaged, or the stream cannot be read.
 */
export async function* tarFiles(
  stream: ReadableStream<Uint8Array>,
  path: string,
): AsyncGenerator<TarFile> {
  const reader = stream.getReader();
  const take = exactly(reader, path);
  try {
    for (let header = await take(block); header[0]; header = await take(block)) {
      const name = text(header.subarray(0, 100));
      const length = octal(header.subarray(124, 136));
      if (sumOf(header) !== octal(header.subarray(148, 156)) || !Number.isSafeInteger(length)) {
        throw new UserError(
          `reading ${path}: expected a tar archive, got a damaged header, of ${excerpt(name)}`,
        );
      }
      const type = String.fromCharCode(header[156]!);
      const padded = await take(block * Math.ceil(length / block));
      if (type === "0" || type === "\0") yield { name, bytes: padded.subarray(0, length) };
    }
  } finally {
    // Closes the file, also when the caller stops early; read errors have been thrown by then.
    await reader.cancel().catch(() => {});
  }
}

/** Takes the next bytes of a stream, whatever the sizes of its pieces. */
function exactly(reader: ReadableStreamDefaultReader<Uint8Array>, path: string) {
  let rest = new Uint8Array();
  return async (length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const parts: Uint8Array<ArrayBuffer>[] = []; // as they come: a header may lie about the length
    for (let missing = length; missing > 0;) {
      if (rest.length === 0) rest = await nextPart(reader, path);
      const part = rest.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      rest = rest.subarray(part.length);
    }
    return joined(parts, length);
  };
}

async function nextPart(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { value, done } = await reader.read().catch((error: Error) => {
    throw new UserError(
      `reading ${path}: expected a whole tar archive: ${excerpt(error.message)}`,
      1,
      { cause: error },
    );
  });
  if (done) throw new UserError(`reading ${path}: expected a whole tar archive, got a part`);
  return new Uint8Array(value);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}

/** The sum of a header's bytes, with the bytes of the sum itself counted as spaces. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

/** An octal number; NaN where there is none. */
function octal(bytes: Uint8Array): number {
  return Number(`0o${text(bytes).trim()}`);
}

/** ASCII up to the first zero. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}
