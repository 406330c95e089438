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
 * @throws {UserError} if the archive ends within a file, cannot be decompressed, or has a header that is none.
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
      if (!(length >= 0)) throw notWhole(path, "a header without a file's length");
      const type = String.fromCharCode(header[156]!);
      const padded = await take(block * Math.ceil(length / block));
      if (type === "0" || type === "\0") yield { name, bytes: padded.subarray(0, length) };
    }
  } finally {
    // Closes the file, also when whoever takes the files has enough; of a stream that failed it tells the failure again.
    await reader.cancel().catch(() => {});
  }
}

/** Takes the next so many bytes of a stream, however it is cut. A length takes no memory before its bytes have come. */
function exactly(reader: ReadableStreamDefaultReader<Uint8Array>, path: string) {
  let rest = new Uint8Array();
  return async (length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const parts = [rest];
    let come = rest.length;
    for (; come < length; come += rest.length) {
      rest = await nextPart(reader, path);
      parts.push(rest);
    }
    const taken = new Uint8Array(length);
    parts.reduce((at, part) => {
      taken.set(part.subarray(0, length - at), at);
      return at + part.length;
    }, 0);
    rest = rest.subarray(rest.length - (come - length));
    return taken;
  };
}

async function nextPart(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { value, done } = await reader.read().catch((error) => {
    throw notWhole(path, error.message, error); // what the decompression says of damaged bytes
  });
  if (done) throw notWhole(path, "a part");
  return new Uint8Array(value);
}

function notWhole(path: string, came: string, cause?: unknown): UserError {
  return new UserError(`Reading ${path}: expected a whole tar archive, got ${came}`, 1, { cause });
}

/** ASCII up to the first zero. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}
