import { basename } from "node:path";
import type { Dataset } from "../../data/dataset.ts";
import type { Scale } from "../../data/scale.ts";
import { UserError } from "../../engine/user_error.ts";
import type { WeightsFile } from "../../jobs/jobs.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import { trainedNames } from "../../networks/network.ts";
import { checksumOfOnnx, readOnnxFor } from "../shared/model_file.ts";
import { type ScaleChoice, scaleOfModel } from "../shared/scale_flag.ts";

/** A network that the project does not know: an ONNX file, and how pixels become its inputs. */
export interface UnknownNetwork {
  readonly path: string;
  readonly scale: ScaleChoice;
}

/** Its name in results: the file's name, which none of the project's networks has. */
export function nameOf({ path }: UnknownNetwork): string {
  return basename(path);
}

/** Its model of pixels 0-255, and what jobs record about its file. */
export interface ReadUnknown {
  /** The model without its scale. */
  readonly plain: Model;
  readonly scale: Scale;
  readonly model: Model;
  readonly weights: WeightsFile;
}

/**
 * Reads it, with its scale in front.
 *
 * @throws {UserError} when it cannot be read, has other inputs or classes than the dataset, or nothing in it can be trained.
 */
export async function readUnknown(
  { path, scale: chosen }: UnknownNetwork,
  dataset: Dataset,
): Promise<ReadUnknown> {
  const onnx = await readOnnxFor(path, dataset);
  if (trainedNames(onnx.network).length === 0) {
    throw new UserError(
      `reproducing with ${path}: expected a model with parameters to train, got none`,
    );
  }
  const sha256 = checksumOfOnnx(onnx.original);
  const scale = await scaleOfModel({ path, chosen, within: "pixels", dataset });
  return {
    plain: onnx,
    scale,
    model: inPixels(onnx, scale),
    weights: { path, sha256, scale: scale.name },
  };
}

/** The note that is printed before it is trained. */
export function noteOf({ weights: { path }, scale }: ReadUnknown, dataset: string): string {
  return `${
    basename(path)
  } is a network that the project does not know: it takes pixels 0-255 through the scale ${scale.name}, ` +
    `is the reference as it is, and is fine-tuned with the settings for ${dataset}; ρ₂ and ε are in pixels, and ` +
    "nothing is clipped, as in the paper's tables";
}
