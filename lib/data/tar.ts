import { UserError } from "../engine/user_error.ts";

/** A file of an archive. */
export interface TarFile {
  /** Its path in the archive. */
  readonly name: string;
  /** Its contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Headers and contents fill whole blocks. */
const block = 512;

/**
 * The files of a tar archive (POSIX ustar), one after another; only one of them is in memory at a time.
 *
 * @param stream The archive, decompressed.
 * @param path Where it came from, for messages.
 * @throws {UserError} if the archive ends within a file.
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
      const length = parseInt(text(header.subarray(124, 136)), 8);
      const type = String.fromCharCode(header[156]!);
      const padded = await take(block * Math.ceil(length / block));
      if (type === "0" || type === "\0") yield { name, bytes: padded.subarray(0, length) };
    }
  } finally {
    await reader.cancel(); // closes the file, also when whoever takes the files has enough
  }
}

/** Takes the next so many bytes of a stream, however it is cut. */
function exactly(reader: ReadableStreamDefaultReader<Uint8Array>, path: string) {
  let rest = new Uint8Array();
  return async (length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = rest.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled === length) break;
      const { value, done } = await reader.read();
      if (done) throw new UserError(`Reading ${path}: expected a whole tar archive, got a part`);
      rest = new Uint8Array(value);
    }
    return taken;
  };
}

/** ASCII up to the first zero. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}
