import { basename } from "node:path";
import type { Dataset } from "../../data/dataset.ts";
import type { Scale } from "../../data/scale.ts";
import { checksumOf, checksumOfJson } from "../../files/checksums.ts";
import type { WeightsFile } from "../../jobs/jobs.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import type { OnnxOriginal } from "../../networks/onnx/read_onnx.ts";
import { readOnnxFor } from "../shared/model_file.ts";

/** A network that the project does not know: an ONNX file, and how pixels become its inputs. */
export interface UnknownNetwork {
  readonly path: string;
  readonly scale: Scale;
}

/** What it is called in results: its file's name, which no network of the project has. */
export function nameOf({ path }: UnknownNetwork): string {
  return basename(path);
}

/** It as a model of pixels 0-255, and what jobs know of its file. */
export interface ReadUnknown {
  readonly model: Model;
  readonly weights: WeightsFile;
}

/**
 * Reads it, with its scale in front.
 *
 * @throws {UserError} when it cannot be read, or has other inputs or classes than the dataset.
 */
export async function readUnknown(
  { path, scale }: UnknownNetwork,
  dataset: Dataset,
): Promise<ReadUnknown> {
  const onnx = await readOnnxFor(path, dataset);
  const sha256 = checksumOfModel(onnx.original);
  return { model: inPixels(onnx, scale), weights: { path, sha256, scale: scale.name } };
}

/** The hash of the file, with those beside it that hold its tensors. */
function checksumOfModel({ bytes, external }: OnnxOriginal): string {
  if (external.size === 0) return checksumOf(bytes);
  const beside = [...external].map(([name, bytes]) => [name, checksumOf(bytes)]);
  return checksumOfJson([checksumOf(bytes), ...beside]);
}

/** What is said before it is trained. */
export function noteOf({ path, scale }: UnknownNetwork, dataset: string): string {
  return `${
    basename(path)
  } is a network that the project does not know: it takes pixels 0-255 through the scale ${scale.name}, ` +
    `is not trained as the reference, and is fine-tuned with the settings for ${dataset}; ρ₂ and ε are in pixels, and ` +
    "nothing is clipped, as in the paper's tables";
}
