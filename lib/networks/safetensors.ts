import { excerpt } from "../engine/excerpt.ts";
import { size } from "../engine/nd_array.ts";
import { readFile } from "../engine/read_file.ts";
import { UserError } from "../engine/user_error.ts";
import { checkFinite, checkWeights, type Weights } from "./weights.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors, in the order of the file's header. */
  readonly weights: Weights;
  /** The header's `__metadata__`; empty if it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header's entry for one tensor, checked. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Reads a safetensors file of float32 tensors, such as PyTorch's state dicts are written to.
 *
 * @throws {UserError} if the file is missing, unreadable or malformed, or a tensor is not F32 or not of finite numbers.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return decodeSafetensors(await readFile(path), path);
}

/**
 * Reads a network's parameters from a safetensors file.
 *
 * @throws {UserError} if the file cannot be read, or its tensors are not the network's.
 */
export async function readWeights(
  path: string,
  { parameters }: { readonly parameters: Readonly<Record<string, readonly number[]>> },
): Promise<Weights> {
  return checkWeights((await readSafetensors(path)).weights, parameters, path);
}

/**
 * Reads the bytes of a safetensors file: the header's length as a little-endian uint64, the header
 * as JSON, then the tensors' values, without gaps. What PyTorch's batch normalisations count, whole
 * numbers called `num_batches_tracked`, is left out: nothing is computed with it.
 *
 * @param bytes The whole file.
 * @param path Where it came from, for messages.
 * @returns Copies of the tensors.
 * @throws {UserError} if the file is truncated, its header not a valid one, a tensor not F32 or not of
 * finite numbers, or its offsets overlap, leave gaps or do not fit its shape or the file.
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): SafetensorsFile {
  const fail: Fail = (expected, came) =>
    new UserError(`Reading ${path}: expected ${expected}, got ${came}`);
  const { header, data } = splitFile(bytes, fail);
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(header, fail);
  const entries = Object.entries(tensors).map(([name, entry]) => checkEntry(name, entry, fail));
  checkOffsets(entries, data.length, fail);
  const weights = Object.fromEntries(
    entries.filter(({ name }) => !isCounter(name)).map((
      { name, shape, begin, end },
    ) => [name, { shape, data: floats(data, begin, end) }]),
  );
  checkFinite(weights, `Reading ${path}`);
  return { weights, metadata: checkMetadata(metadata, fail) };
}

/**
 * Writes tensors as a safetensors file: F32, in the order given, the header padded with spaces so
 * that the values start at a multiple of 8 bytes.
 *
 * @returns The whole file.
 * @throws {RangeError} if a tensor's shape does not fit its data, or its name is `__metadata__`.
 */
export function encodeSafetensors(
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [["__metadata__", metadata]];
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(weights)) {
    if (name === "__metadata__" || size(shape) !== data.length) {
      throw new RangeError(
        `Writing tensor ${name}: expected a name other than __metadata__ and as many values as ` +
          `shape [${shape}] says, got ${data.length} values`,
      );
    }
    const begin = end;
    end += data.byteLength;
    entries.push([name, { dtype: "F32", shape, data_offsets: [begin, end] }]);
  }
  const header = padded(new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries))));
  return joinFile(header, Object.values(weights).map(({ data }) => data), end);
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

/** Whether a tensor is a batch normalisation's counter. */
function isCounter(name: string): boolean {
  return name.split(".").at(-1) === "num_batches_tracked";
}

/** A tensor's entry: type, shape, and offsets that fit the shape. */
function checkEntry(name: string, entry: unknown, fail: Fail): Entry {
  const tensor = `tensor ${excerpt(name)}`;
  if (!isRecord(entry)) throw fail(`an object for ${tensor}`, jsonOf(entry));
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = isCounter(name) ? { name: "I64", bytes: 8 } : { name: "F32", bytes: 4 };
  if (dtype !== type.name) {
    throw fail(`${tensor} of type ${type.name}`, jsonOf(dtype));
  }
  if (!isExtents(shape)) throw fail(`a shape for ${tensor}`, jsonOf(shape));
  const [begin, end] = isExtents(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || end - begin !== type.bytes * size(shape)) {
    throw fail(
      `two data_offsets ${type.bytes * size(shape)} bytes apart for ${tensor} of shape ` +
        excerpt(`[${shape.join(", ")}]`),
      jsonOf(offsets),
    );
  }
  return { name, shape, begin, end };
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

/** The float32 values in a range of bytes, copied: a file need not align them. Little-endian. */
function floats(data: Uint8Array, begin: number, end: number): Float32Array {
  return new Float32Array(new Uint8Array(data.subarray(begin, end)).buffer);
}

/** The header with spaces after it, to a multiple of 8 bytes. */
function padded(header: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20);
  out.set(header);
  return out;
}

/** The whole file: length, header, values. */
function joinFile(
  header: Uint8Array,
  values: readonly Float32Array[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(8 + header.length + length);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  let start = 8 + header.length;
  for (const { buffer, byteOffset, byteLength } of values) {
    out.set(new Uint8Array(buffer, byteOffset, byteLength), start);
    start += byteLength;
  }
  return out;
}
