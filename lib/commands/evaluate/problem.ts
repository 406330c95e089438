import { pictureShape } from "../../data/dataset.ts";
import type { Scale } from "../../data/scale.ts";
import type { Engine } from "../../engine/engine.ts";
import { checksumOfJson, type Json } from "../../files/checksums.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import { tellOfScale } from "../shared/accuracy_by_scale.ts";
import { firstTestImages, type TestImages } from "../shared/test_images.ts";
import { loadShown } from "../shared/load_shown.ts";
import { imageSideOf, readModel, titleOf } from "../shared/model_file.ts";
import { unitsOf } from "../shared/pixel_flags.ts";
import { scaleOfModel } from "../shared/scale_flag.ts";
import { type NamedModel, namedModels } from "./named_models.ts";
import type { EvaluateCommand } from "./options.ts";
import { usualEpsilons } from "./usual_epsilons.ts";

/** A model to evaluate. */
export interface Contender extends NamedModel {
  /** The model as it takes preprocessed inputs. */
  readonly plain: Model;
  /** The model as it is attacked. */
  readonly model: Model;
  /** How pixels become its inputs. */
  readonly scale: Scale;
}

/** Models and the images that they are evaluated on. */
export interface Problem {
  readonly contenders: readonly Contender[];
  readonly dataset: TestImages;
  /** The strengths, rising. */
  readonly epsilons: readonly number[];
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
  /** What the results depend on, as it is written down. */
  readonly settings: Readonly<Record<string, Json>>;
  /** Names all that they depend on. */
  readonly key: string;
}

/**
 * Reads models and images.
 *
 * @throws {UserError} when one cannot be read, or they do not fit.
 */
export async function problemOf(command: EvaluateCommand): Promise<Problem> {
  const { within, p, budget, seed, images: most } = command;
  const named = await namedModels(command);
  const { dataset: all, leftOut } = await loadShown(
    {
      ...command,
      pixels: within === "pixels",
      side: await imageSideOf(named[0]!, command.dataset),
    },
    named[0]!.network,
  );
  const dataset = await firstTestImages(all, most);
  const contenders: Contender[] = [];
  for (const file of named) {
    const plain = await readModel(file, dataset);
    const scale = await scaleOfModel({ ...file, chosen: command.scale, within, dataset });
    const model = within === "pixels" ? inPixels(plain, scale) : plain;
    contenders.push({ ...file, plain, scale, model });
  }
  const epsilons = command.epsilons ?? usualEpsilons(pictureShape(dataset), p);
  const same = {
    dataset_sha256: dataset.checksum,
    ...(command.imageSize ? { image_size: command.imageSize } : {}),
    images: dataset.test.count,
    within,
    units: unitsOf[within],
    norm: p === Infinity ? "inf" : p,
    epsilons,
    budget,
    seed,
  };
  const models = contenders.map((one) => ({
    name: one.name,
    sha256: one.sha256,
    network: titleOf(one),
    ...(one.rename ? { rename: one.rename } : {}),
    scale: one.scale.name,
  }));
  const indices = dataset.names.map(({ index }) => index);
  const key = checksumOfJson({ ...same, models, indices });
  const files = contenders.map(({ path }) => path);
  const settings = { dataset: command.dataset, ...same, models, files };
  return { contenders, dataset, epsilons, leftOut, settings, key };
}

/** Says what a model's accuracy is under other scales, where it is below twice chance. */
export async function tellOfScales(
  engine: Engine,
  { contenders, dataset }: Problem,
  { within }: EvaluateCommand,
): Promise<void> {
  for (const { name, plain, scale } of contenders) {
    await tellOfScale(engine, { plain, scale, dataset, split: dataset.test, within }, name);
  }
}
