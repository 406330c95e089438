import { excerpt } from "../engine/excerpt.ts";
import { size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import { otherKind } from "../files/file_kinds.ts";

/** Bytes of a value, by the type's name in a safetensors file. */
const widths = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  F8_E4M3: 1,
  F8_E5M2: 1,
  C64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** A type of values in a safetensors file. */
export type StoredType = keyof typeof widths;

/** All types. */
export const storedTypes = Object.keys(widths) as readonly StoredType[];

/** A tensor of a safetensors file. */
export interface StoredTensor {
  /** Its name. */
  readonly name: string;
  /** The type of its values. */
  readonly type: StoredType;
  /** Its extents. */
  readonly shape: readonly number[];
  /** Its values, little-endian: a view of the file, which need not align them. */
  readonly bytes: Uint8Array;
}

/** The contents of a safetensors file. */
export interface StoredTensors {
  /** The tensors, in the order of the file's header. */
  readonly tensors: readonly StoredTensor[];
  /** The header's `__metadata__`; empty if it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header's entry for one tensor, checked. */
interface Entry extends Omit<StoredTensor, "bytes"> {
  readonly begin: number;
  readonly end: number;
}

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Reads the parts of a safetensors file: the header's length as a little-endian uint64, the header as JSON, then the tensors'
 * values, without gaps.
 *
 * @param bytes The whole file.
 * @param path Where it came from, for messages.
 * @param typesOf The types that a tensor may have, by its name.
 * @throws {UserError} when the file is truncated, its header not a valid one, a tensor of another type, or its offsets overlap,
 * leave gaps or do not fit its shape or the file; naming what it is where it is another kind of file.
 */
export function storedTensors(
  bytes: Uint8Array,
  path: string,
  typesOf: (name: string) => readonly StoredType[],
): StoredTensors {
  const fail: Fail = (expected, came) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  const other = otherKind(bytes, path, "safetensors");
  if (other) throw fail("safetensors", other);
  const { header, data } = splitFile(bytes, fail);
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(header, fail);
  const entries = Object.entries(tensors).map(([name, entry]) =>
    checkEntry(name, entry, typesOf(name), fail)
  );
  checkOffsets(entries, data.length, fail);
  return {
    tensors: entries.map(({ begin, end, ...tensor }) => ({
      ...tensor,
      bytes: data.subarray(begin, end),
    })),
    metadata: checkMetadata(metadata, fail),
  };
}

/** The header's bytes and the values' bytes. */
function splitFile(bytes: Uint8Array, fail: Fail): { header: Uint8Array; data: Uint8Array } {
  if (bytes.length < 8) throw fail("a safetensors file of at least 8 bytes", `${bytes.length}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) {
    throw fail(
      `a safetensors header of ${length} bytes, as the first 8 say`,
      `${bytes.length - 8}: the file is truncated or not safetensors`,
    );
  }
  return { header: bytes.subarray(8, 8 + length), data: bytes.subarray(8 + length) };
}

/** The header as an object. */
function parseHeader(header: Uint8Array, fail: Fail): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
    if (isRecord(value)) return value;
  } catch (error) {
    throw fail("a safetensors header in JSON", excerpt((error as Error).message));
  }
  throw fail("a JSON object as safetensors header", "another JSON value");
}

/** A value of a JSON text, for a message. */
function jsonOf(value: unknown): string {
  return excerpt(JSON.stringify(value) ?? "none");
}

/** Whether a value of a JSON text is an object. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value of a JSON text is a list of whole numbers >= 0. */
function isExtents(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** A tensor's entry: type, shape, and offsets that fit the shape. */
function checkEntry(
  name: string,
  entry: unknown,
  types: readonly StoredType[],
  fail: Fail,
): Entry {
  const tensor = `tensor ${excerpt(name)}`;
  if (!isRecord(entry)) throw fail(`an object for ${tensor}`, jsonOf(entry));
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = types.find((one) => one === dtype);
  if (!type) throw fail(`${tensor} of type ${types.join(" or ")}`, jsonOf(dtype));
  if (!isExtents(shape)) throw fail(`a shape for ${tensor}`, jsonOf(shape));
  const [begin, end] = isExtents(offsets) && offsets.length === 2 ? offsets : [];
  const length = widths[type] * size(shape);
  if (begin === undefined || end === undefined || end - begin !== length) {
    throw fail(
      `two data_offsets ${length} bytes apart for ${tensor} of shape ` +
        excerpt(`[${shape.join(", ")}]`),
      jsonOf(offsets),
    );
  }
  return { name, type, shape, begin, end };
}

/** Throws unless the tensors cover the values' bytes exactly, without overlap or gap. */
function checkOffsets(entries: readonly Entry[], length: number, fail: Fail): void {
  let covered = 0;
  for (
    const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  ) {
    if (begin !== covered) {
      const problem = begin < covered ? "it overlaps another tensor" : "there is a gap before it";
      throw fail(`tensor ${excerpt(name)} to start at byte ${covered}`, `${begin}: ${problem}`);
    }
    if (end > length) {
      throw fail(
        `tensor ${excerpt(name)} to end within the ${length} bytes of values`,
        `${end}: the file is truncated or the offset out of range`,
      );
    }
    covered = end;
  }
  if (covered !== length) throw fail(`${covered} bytes of values`, `${length}: bytes trail`);
}

/** The metadata, if it maps strings to strings. */
function checkMetadata(metadata: unknown, fail: Fail): Record<string, string> {
  if (isRecord(metadata) && Object.values(metadata).every((v) => typeof v === "string")) {
    return metadata as Record<string, string>;
  }
  throw fail("__metadata__ of strings", jsonOf(metadata));
}

/** A tensor's float32 values, copied: a file need not align them. */
export function floatsIn(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
