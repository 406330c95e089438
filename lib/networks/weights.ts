import { floatsIn, storedTensors } from "../data/safetensors_file.ts";
import { excerpt } from "../engine/excerpt.ts";
import { fileBytes } from "../engine/file_bytes.ts";
import { firstNotFinite } from "../engine/finite.ts";
import { type NDArray, size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";

/** A network's parameters under PyTorch's names and in its layouts, in the network's order. */
export type Weights = Readonly<Record<string, NDArray>>;

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors, in the order of the file's header. */
  readonly weights: Weights;
  /** The header's `__metadata__`; empty if it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Reads a safetensors file of float32 tensors, such as PyTorch's state dicts are written to.
 *
 * @throws {UserError} if the file is missing, unreadable or malformed, or a tensor is not F32 or not of finite numbers.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await fileBytes(path).catch((error: Error) => {
    const came = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
    throw new UserError(`Reading ${path}: expected a readable file: ${came}`, 1, { cause: error });
  });
  return decodeSafetensors(bytes, path);
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
  const { tensors, metadata } = storedTensors(
    bytes,
    path,
    (name) => isCounter(name) ? ["I64"] : ["F32"],
  );
  const weights = Object.fromEntries(
    tensors.filter(({ name }) => !isCounter(name))
      .map(({ name, shape, bytes }) => [name, { shape, data: floatsIn(bytes) }]),
  );
  checkFinite(weights, `Reading ${path}`);
  return { weights, metadata };
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

/**
 * Checks that the weights are those of a network, by name and shape.
 *
 * @param weights What came.
 * @param expected The shape of every tensor, by name.
 * @param what What the weights are for or where they came from, for the message: "lenet".
 * @returns The same weights, in the order of `expected`.
 * @throws {UserError} naming the first tensor that is missing, unexpected, of another shape, or not of as many 32-bit numbers.
 */
export function checkWeights(
  weights: Weights,
  expected: Readonly<Record<string, readonly number[]>>,
  what: string,
): Weights {
  const fail: Fail = (wanted, came) =>
    new UserError(`Weights for ${what}: expected ${wanted}, got ${came}`);
  const missing = Object.keys(expected).find((name) => !Object.hasOwn(weights, name));
  if (missing !== undefined) throw fail(`a tensor ${missing}`, listNames(weights));
  const extra = Object.keys(weights).find((name) => !Object.hasOwn(expected, name));
  if (extra !== undefined) {
    throw fail(`only ${listNames(expected)}`, `a tensor ${excerpt(extra)} too`);
  }
  return Object.fromEntries(
    Object.entries(expected).map(([name, shape]) => {
      const tensor = weights[name]!;
      const same = shape.length === tensor.shape.length &&
        shape.every((extent, i) => extent === tensor.shape[i]);
      if (!same) {
        throw fail(
          `${name} of shape [${shape.join(", ")}]`,
          excerpt(`[${tensor.shape.join(", ")}]`),
        );
      }
      checkData(name, tensor, fail);
      return [name, tensor];
    }),
  );
}

/** Throws unless a tensor holds as many 32-bit numbers as its shape says: a library's caller may have made it. */
function checkData(name: string, { shape, data }: NDArray, fail: Fail): void {
  if (!(data instanceof Float32Array)) throw fail(`${name} in a Float32Array`, "another value");
  if (data.length === size(shape)) return;
  throw fail(`${size(shape)} numbers in ${name}, as its shape says`, `${data.length}`);
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
 * Checks that all numbers of the weights are finite.
 *
 * @param doing What is being done with them, for the message: "attacking lenet".
 * @throws {UserError} naming the first tensor that holds NaN or an infinite number.
 */
export function checkFinite(weights: Weights, doing: string): void {
  for (const [name, { data }] of Object.entries(weights)) {
    const at = firstNotFinite(data);
    if (at < 0) continue;
    throw new UserError(`${doing}: expected weights of finite numbers, got ${data[at]} in ${name}`);
  }
}

/** The first names of a record, for a message. */
export function listNames(record: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(record);
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return names.slice(0, 12).map(excerpt).join(", ") + more || "no tensors";
}

/** Whether a tensor is a batch normalisation's counter. */
function isCounter(name: string): boolean {
  return name.split(".").at(-1) === "num_batches_tracked";
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
