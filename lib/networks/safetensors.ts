import {
  floatsIn,
  type StoredTensors,
  storedTensors,
  storedTypes,
} from "../data/safetensors_file.ts";
import { size } from "../engine/nd_array.ts";
import { readFile } from "../engine/read_file.ts";
import { fitWeights, type ReadWeightsOptions } from "./fit_weights.ts";
import { checkFinite } from "./check_weights.ts";
import type { Weights } from "./weights.ts";
import { withWeightsSummary } from "./weights_summary.ts";

/** The contents of a safetensors file. */
export interface SafetensorsFile {
  /** The tensors, in the order of the file's header. */
  readonly weights: Weights;
  /** The header's `__metadata__`; empty if it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file of float32 tensors, as `encodeSafetensors` writes it; `readWeights` takes others too.
 *
 * @throws {UserError} when the file is missing, unreadable or malformed, or a tensor is not F32 or not of finite numbers.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return decodeSafetensors(await readFile(path), path);
}

/**
 * Reads a network's parameters from a safetensors file, such as PyTorch's state dicts are written to. Names are mapped by `rename`;
 * what stands before all of them, such as `module.`, is left out, and so are tensors that no layer has, such as counters. float16,
 * bfloat16 and float64 become float32. `onNote` is called for each of these.
 *
 * @throws {UserError} when the file cannot be read, or its tensors are not the network's; naming what it is where it is another kind of file.
 *
 * @example Write a network's weights and read them back; the file's layer has another name.
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineNetwork, dense, encodeSafetensors, readWeights, serial } from "deep-defense";
 *
 * const network = defineNetwork({ name: "linear", inputShape: [4], layers: serial({ fc: dense(3) }) });
 * const { "fc.weight": weight, "fc.bias": bias } = network.init("my seed");
 * const file = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await Deno.writeFile(file, encodeSafetensors({ "head.weight": weight!, "head.bias": bias! }));
 * const weights = await readWeights(file, network, { rename: { head: "fc" } });
 * assert.deepEqual(weights, { "fc.weight": weight, "fc.bias": bias });
 * await Deno.remove(file);
 * ```
 */
export async function readWeights(
  path: string,
  { parameters }: { readonly parameters: Readonly<Record<string, readonly number[]>> },
  options: ReadWeightsOptions = {},
): Promise<Weights> {
  return fitWeights((await storedWeights(path)).tensors, parameters, path, options);
}

/**
 * The tensors of a safetensors file, of any type.
 *
 * @throws {UserError} when the file is missing, unreadable or malformed.
 */
export async function storedWeights(path: string): Promise<StoredTensors> {
  return storedTensors(await readFile(path), path, () => storedTypes);
}

/**
 * Reads the bytes of a safetensors file: the header's length as a little-endian uint64, the header
 * as JSON, then the tensors' values, without gaps. The counters of PyTorch's batch normalisations, whole
 * numbers called `num_batches_tracked`, are ignored: nothing is computed with them.
 *
 * @param bytes The whole file.
 * @param path Where it came from, for messages.
 * @returns Copies of the tensors.
 * @throws {UserError} when the file is truncated, its header not a valid one, a tensor not F32 or not of
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
  checkFinite(weights, `reading ${path}`);
  return { weights: withWeightsSummary(weights), metadata };
}

/**
 * Writes tensors as a safetensors file: F32, in the order given, the header padded with spaces so
 * that the values start at a multiple of 8 bytes.
 *
 * @returns The whole file.
 * @throws {RangeError} when a tensor's shape does not fit its data, or its name is `__metadata__`.
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
        `writing tensor ${name}: expected a name other than __metadata__ and as many values as ` +
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
