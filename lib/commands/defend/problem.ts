import type { AnySplit, Dataset } from "../../data/dataset.ts";
import { firstImages } from "../../data/first_images.ts";
import type { Scale } from "../../data/scale.ts";
import { holdOut } from "../../defend/hold_out.ts";
import type { Engine } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import type { OnnxModel } from "../../networks/onnx/read_onnx.ts";
import { accuracyByScale, scalesInWords } from "../shared/accuracy_by_scale.ts";
import { loadShown } from "../shared/load_shown.ts";
import { imageSideOf, readModel } from "../shared/model_file.ts";
import { scaleOfModel } from "../shared/scale_flag.ts";
import type { DefendCommand } from "./options.ts";

/** A model to harden, and its images. */
export interface Problem {
  /** The original model. */
  readonly plain: Model | OnnxModel;
  /** The model as it is trained and attacked: of pixels, with the scale in front. */
  readonly model: Model;
  /** How pixels become the model's inputs. */
  readonly scale: Scale;
  /** What is trained on and what is measured on. */
  readonly dataset: Dataset;
  /** The images that an epoch is chosen on: of neither part of the dataset. */
  readonly held: AnySplit;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
}

/**
 * Reads a model and the dataset that it is hardened on.
 *
 * @throws {UserError} when one of them cannot be read, they do not fit, or there are too few images.
 */
export async function problemOf(command: DefendCommand): Promise<Problem> {
  const { model: file, within, trainImages: train, scale: chosen, chooseOn, heldOut } = command;
  const { dataset: whole, leftOut } = await loadShown(
    {
      ...command,
      pixels: within === "pixels",
      side: await imageSideOf(file, command.dataset),
    },
    file.network,
  );
  if (whole.train.count === 0) {
    throw new UserError(`defending on ${whole.title}: expected training images, got none`);
  }
  const { dataset, held } = holdOut(firstImages(whole, { train }), {
    chooseOn,
    ...(heldOut === undefined ? {} : { heldOut }),
  });
  const plain = await readModel(file, dataset);
  const scale = await scaleOfModel({ ...file, chosen, within, dataset });
  const model = within === "pixels" ? inPixels(plain, scale) : plain;
  return { plain, model, scale, dataset, held, leftOut };
}

/**
 * Checks that the scale is the model's.
 *
 * @throws {UserError} with the accuracy under other scales, where it is below twice chance.
 */
export async function checkScale(
  engine: Engine,
  { plain, scale, dataset }: Problem,
  { within }: DefendCommand,
): Promise<void> {
  const found = await accuracyByScale(engine, {
    plain,
    scale,
    dataset,
    split: dataset.train,
    within,
  });
  if (!found) return;
  throw new UserError(
    `defending ${plain.network.name} on ${dataset.title}: expected an accuracy of more than twice chance at the start; on the first ${found.images} training images it is, by --scale: ${
      scalesInWords(found)
    }`,
  );
}
