import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { size } from "../../engine/nd_array.ts";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";

/** The values of an IDX file, in the type that its header states. */
export type IdxValues =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An IDX file, the format of MNIST. */
export interface Idx {
  /** Where it was read from, for messages. */
  readonly path: string;
  /** Extents, outermost first: [count] for labels, [count, height, width] for images. */
  readonly shape: readonly number[];
  /** The values, row-major, as many as the shape says. */
  readonly data: IdxValues;
  /** The whole file, decompressed, header included. */
  readonly bytes: Uint8Array;
}

/** A type of values. */
interface ValueType {
  /** Bytes of a value. */
  readonly width: number;
  /** An array of so many values. */
  readonly array: (length: number) => IdxValues;
  /** The value that begins at a byte. */
  readonly valueAt: (bytes: DataView, at: number) => number;
}

/** The type of most files; its values need no conversion. */
const unsignedByte = 0x08;

/** The types that an IDX header can state; their values are big-endian. */
const valueTypes: Readonly<Record<number, ValueType>> = {
  [unsignedByte]: {
    width: 1,
    array: (n) => new Uint8Array(n),
    valueAt: (view, at) => view.getUint8(at),
  },
  0x09: { width: 1, array: (n) => new Int8Array(n), valueAt: (view, at) => view.getInt8(at) },
  0x0b: { width: 2, array: (n) => new Int16Array(n), valueAt: (view, at) => view.getInt16(at) },
  0x0c: { width: 4, array: (n) => new Int32Array(n), valueAt: (view, at) => view.getInt32(at) },
  0x0d: { width: 4, array: (n) => new Float32Array(n), valueAt: (view, at) => view.getFloat32(at) },
  0x0e: { width: 8, array: (n) => new Float64Array(n), valueAt: (view, at) => view.getFloat64(at) },
};

/**
 * Reads an IDX file, plain or gzipped (recognised by its first bytes, not by its name).
 *
 * @param path The file.
 * @returns Its shape and its values.
 * @throws {UserError} when the file is missing, unreadable, corrupted, not of this format, or longer or
 * shorter than its header says.
 */
export async function readIdx(path: string): Promise<Idx> {
  return parseIdx(await readMaybeGzip(path), path);
}

/**
 * Reads a file's bytes, decompressed if it starts with gzip's magic bytes 1f 8b. A gzip file may consist of several members, and
 * may have zeros after the last one.
 *
 * @throws {UserError} when the file is missing or unreadable, or its gzip stream corrupted.
 */
export async function readMaybeGzip(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return await promisify(gunzip)(bytes).catch((error: unknown) => {
    throw new UserError(
      `reading ${path}: expected a whole gzip file, got a corrupted one: ${messageOf(error)}`,
      1,
      { cause: error },
    );
  });
}

/**
 * Reads the bytes of an IDX file: two zeros, the type of the values, the number of dimensions,
 * each extent as a big-endian uint32, then the values, big-endian.
 *
 * @param bytes The whole file, decompressed.
 * @param path Where it came from, for messages.
 * @throws {UserError} when the header is not an IDX header, or the length does not match it.
 */
export function parseIdx(bytes: Uint8Array, path: string): Idx {
  const fail = (expected: string, came: string) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);

  const [zero0, zero1, code, rank] = bytes;
  if (zero0 === undefined || zero1 === undefined || code === undefined || rank === undefined) {
    throw fail("an IDX file of at least 4 bytes", `${bytes.length} bytes`);
  }
  const type = valueTypes[code];
  if (zero0 !== 0 || zero1 !== 0 || !type) {
    throw fail(
      "an IDX file (first bytes 00 00 and a type 08 to 0e)",
      `first bytes ${hex(bytes.subarray(0, 4))}`,
    );
  }
  if (rank < 1 || rank > 4) throw fail("1 to 4 dimensions", `${rank}`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw fail(`a header of ${start} bytes`, `${bytes.length} bytes`);

  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => header.getUint32(4 + 4 * i));
  const length = start + type.width * size(shape);
  if (bytes.length !== length) {
    const problem = bytes.length < length ? "is truncated" : "has trailing bytes";
    const values = `${shape.join(" x ")} values of ${type.width} byte(s)`;
    throw fail(
      `${length} bytes (a header of ${start}, then ${values})`,
      `${bytes.length}: the file ${problem}`,
    );
  }
  const values = bytes.subarray(start);
  return { path, shape, data: code === unsignedByte ? values : valuesOf(values, type), bytes };
}

/** The values that bytes hold. */
function valuesOf(bytes: Uint8Array, { width, array, valueAt }: ValueType): IdxValues {
  const values = array(bytes.length / width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < values.length; i++) values[i] = valueAt(view, i * width);
  return values;
}

/** Bytes as two hexadecimal digits each. */
function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The message of whatever was thrown, on one line. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}
