import { size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";

/** An IDX file of unsigned bytes, the format of MNIST. */
export interface Idx {
  /** Where it was read from, for messages. */
  readonly path: string;
  /** Extents, outermost first: [count] for labels, [count, height, width] for images. */
  readonly shape: readonly number[];
  /** The values, row-major, as many as the shape says. */
  readonly data: Uint8Array;
  /** The whole file, decompressed, header included; `data` is a view of it. */
  readonly bytes: Uint8Array;
}

/** What `readIdx` and `parseIdx` expect of a file. */
export interface IdxOptions {
  /** The number of dimensions: 1 for labels, 3 for images. Any number >= 1 if left out. */
  readonly dimensions?: number;
}

/** The names of the types that an IDX header can state. */
const IDX_TYPES: Readonly<Record<number, string>> = {
  0x08: "unsigned byte",
  0x09: "signed byte",
  0x0b: "int16",
  0x0c: "int32",
  0x0d: "float32",
  0x0e: "float64",
};

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped (told by its first bytes, not by its name).
 *
 * @param path The file.
 * @returns Its shape and its values.
 * @throws {UserError} if the file is missing, unreadable, corrupted, not of this format, or longer or
 * shorter than its header says.
 */
export async function readIdx(path: string, options: IdxOptions = {}): Promise<Idx> {
  return parseIdx(await readMaybeGzip(path), path, options);
}

/**
 * Reads a file's bytes, decompressed if it starts with gzip's magic bytes 1f 8b.
 *
 * @throws {UserError} if the file is missing or unreadable, or its gzip stream corrupted.
 */
export async function readMaybeGzip(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path).catch((error: unknown) => {
    const came = error instanceof Deno.errors.NotFound ? "there is none" : messageOf(error);
    throw new UserError(`Reading ${path}: expected a readable file: ${came}`, 1, { cause: error });
  });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).bytes().catch((error: unknown) => {
    throw new UserError(
      `Reading ${path}: expected a whole gzip file, got a corrupted one: ${messageOf(error)}`,
      1,
      { cause: error },
    );
  });
}

/**
 * Reads the bytes of an IDX file: two zeros, the type (8, unsigned byte), the number of dimensions,
 * each extent as a big-endian uint32, then the values.
 *
 * @param bytes The whole file, decompressed.
 * @param path Where it came from, for messages.
 * @throws {UserError} if the header is not that of such a file, or the length not what it says.
 */
export function parseIdx(bytes: Uint8Array, path: string, { dimensions }: IdxOptions = {}): Idx {
  const fail = (expected: string, came: string) =>
    new UserError(`Reading ${path}: expected ${expected}, got ${came}`);

  const [zero0, zero1, type, rank] = bytes;
  if (zero0 === undefined || zero1 === undefined || type === undefined || rank === undefined) {
    throw fail("an IDX file of at least 4 bytes", `${bytes.length} bytes`);
  }
  if (zero0 !== 0 || zero1 !== 0 || !(type in IDX_TYPES)) {
    throw fail("an IDX file (first bytes 00 00 08)", `first bytes ${hex(bytes.subarray(0, 4))}`);
  }
  if (type !== 0x08) throw fail("values of type unsigned byte (08)", nameOfType(type));
  if (rank === 0 || (dimensions !== undefined && rank !== dimensions)) {
    throw fail(`${dimensions ?? "at least 1"} dimension(s)`, `${rank}`);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw fail(`a header of ${start} bytes`, `${bytes.length} bytes`);

  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => header.getUint32(4 + 4 * i));
  const values = size(shape);
  if (bytes.length !== start + values) {
    const problem = bytes.length < start + values ? "is truncated" : "has trailing bytes";
    throw fail(
      `${start + values} bytes (a header of ${start}, then ${shape.join(" x ")} values)`,
      `${bytes.length}: the file ${problem}`,
    );
  }
  return { path, shape, data: bytes.subarray(start), bytes };
}

/** The type byte of an IDX header, in words. */
function nameOfType(type: number): string {
  return `${IDX_TYPES[type]} (${hex([type])})`;
}

/** Bytes as two hexadecimal digits each. */
function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The message of whatever was thrown, on one line. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}
