import { basename } from "node:path";
import { escaped, excerpt } from "../../engine/excerpt.ts";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import { checksumOf, checksumOfJson } from "../../files/checksums.ts";
import { otherKind } from "../../files/file_kinds.ts";
import { type Fitted, networkFor, networkNames } from "../../networks/by_name.ts";
import type { Model } from "../../networks/model.ts";
import { networkOfWeights } from "../../networks/network_of_weights.ts";
import { type OnnxModel, type OnnxOriginal, readOnnx } from "../../networks/onnx/read_onnx.ts";
import { readWeights, storedWeights } from "../../networks/safetensors.ts";
import type { NameMap } from "../../networks/tensor_names.ts";
import { needed, one } from "./flag_values.ts";
import { renameOf } from "./rename_flag.ts";
import { userPath } from "./user_path.ts";

/** A model's file, as a command line names it. */
export interface ModelFile {
  /** An ONNX file, or safetensors. */
  readonly path: string;
  /** The network that safetensors belong to; undefined for an ONNX file, which holds its network. */
  readonly network?: string;
  /** A map from the names in safetensors to the network's. */
  readonly rename?: NameMap;
}

/** Whether a path names an ONNX file. */
export function isOnnx(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/**
 * Reads --model or, the same for safetensors, --weights; --network and --rename.
 *
 * @throws {UserError} (exit code 2) when there is no file or no network, or --network or --rename stands beside an ONNX file; (exit
 * code 1) when a file without a network is of another kind.
 */
export async function modelFileOf(
  { model, weights, network, rename }: Readonly<Record<string, string>>,
): Promise<ModelFile> {
  if (model && weights) {
    throw new UserError(`reading the arguments: expected --model or --weights, got both`, 2);
  }
  const file = await fileOf(needed("model", model ?? weights), "network", network);
  if (!rename) return file;
  if (!isOnnx(file.path)) return { ...file, rename: await renameOf(rename) };
  throw holdsItsOwn("rename", file.path, rename);
}

/**
 * Reads --source and --source-network; undefined where there is none. Safetensors are taken for weights of the model's own network
 * where no other is named.
 *
 * @throws {UserError} (exit code 2) when there is no network, or --source-network stands beside an ONNX file or alone.
 */
export async function sourceFileOf(
  { source, network, "source-network": own }: Readonly<Record<string, string>>,
): Promise<ModelFile | undefined> {
  if (source) {
    return await fileOf(source, "source-network", own ?? (isOnnx(source) ? own : network));
  }
  if (own === undefined) return undefined;
  throw new UserError(
    "reading the arguments: expected --source with --source-network, got none",
    2,
  );
}

/** A file, with the network that a flag names unless the file holds it. */
async function fileOf(
  given: string,
  flag: string,
  network: string | undefined,
): Promise<ModelFile> {
  const path = userPath(given);
  if (isOnnx(path)) {
    if (!network) return { path };
    throw holdsItsOwn(flag, path, network);
  }
  if (!network) await checkKind(path);
  return { path, network: one(flag, needed(flag, network), networkNames) };
}

/** Throws where a file whose network is not named is of another kind: such a model is mostly one's own, for which there is ONNX. */
async function checkKind(path: string): Promise<void> {
  const bytes = await readFile(path);
  const other = otherKind(bytes, path, "safetensors");
  if (!other) return;
  throw new UserError(
    `reading ${path}: expected an ONNX model, or safetensors with --network, got ${
      otherKind(bytes, path, "ONNX") ?? other
    }`,
  );
}

/** The error for a flag beside an ONNX file. */
export function holdsItsOwn(flag: string, path: string, came: string): UserError {
  return new UserError(
    `reading --${flag}: expected none, since ${basename(path)} holds its network, got ${
      excerpt(came)
    }`,
    2,
  );
}

/**
 * The network whose parameters a safetensors file holds.
 *
 * @throws {UserError} when it cannot be read, or there is none.
 */
export async function networkIn(path: string, rename?: NameMap): Promise<string> {
  await checkKind(path);
  const { tensors } = await storedWeights(path);
  const named = Object.fromEntries(tensors.map((tensor) => [tensor.name, tensor]));
  return networkOfWeights(named, path, rename);
}

/**
 * The side of the images in folders that an ONNX file takes; undefined for other datasets and files, or where the file leaves it
 * open or cannot be read (reading the model reports that).
 */
export async function imageSideOf(
  { path, network }: ModelFile,
  dataset: string,
): Promise<number | undefined> {
  if (network || !dataset.startsWith("imagenet:")) return undefined;
  try {
    const { inputShape: [channels, height, width] } = (await readOnnx(path)).network;
    return channels === 3 && height === width ? width : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The hash of a model's file, with those beside it that hold its tensors. */
export async function checksumOfModel(
  { path }: ModelFile,
  model: Model | OnnxModel,
): Promise<string> {
  return "original" in model ? checksumOfOnnx(model.original) : checksumOf(await readFile(path));
}

/** The hash of an ONNX file, with those beside it that hold its tensors. */
export function checksumOfOnnx({ bytes, external }: OnnxOriginal): string {
  if (external.size === 0) return checksumOf(bytes);
  const beside = [...external].map(([name, bytes]) => [name, checksumOf(bytes)]);
  return checksumOfJson([checksumOf(bytes), ...beside]);
}

/** What a model is called: its network's name, or the ONNX file's. */
export function titleOf({ path, network }: ModelFile): string {
  return network ?? basename(path);
}

/**
 * Reads a model that fits a dataset. Differences from the file are reported on the standard error stream.
 *
 * @throws {UserError} when it cannot be read, or has other inputs or classes than the dataset.
 */
export async function readModel(
  { path, network, rename = {} }: ModelFile,
  dataset: Fitted,
): Promise<Model | OnnxModel> {
  if (network) {
    const fitted = networkFor(network, dataset);
    const options = { rename, onNote: notesOf(path) };
    return { network: fitted, weights: await readWeights(path, fitted, options) };
  }
  return await readOnnxFor(path, dataset);
}

/** Reports what differs from a file on the standard error stream. */
export function notesOf(path: string): (note: string) => void {
  return (note) => console.error(escaped(`note: ${path}: ${note}`));
}

/**
 * Reads an ONNX file that fits a dataset. Differences from the file are reported on the standard error stream.
 *
 * @throws {UserError} when it cannot be read, or has other inputs or classes than the dataset.
 */
export async function readOnnxFor(path: string, dataset: Fitted): Promise<OnnxModel> {
  const model = await readOnnx(path, { inputShape: dataset.inputShape, onNote: notesOf(path) });
  if (model.network.classes === dataset.classes) return model;
  throw new UserError(
    `reading ${path}: expected logits of the dataset's ${dataset.classes} classes, got ${model.network.classes}`,
  );
}
