import { attackAllTargets } from "../../attacks/all_targets.ts";
import type { Attacked } from "../../attacks/attacked.ts";
import { type AttackGoal, attacks } from "../../attacks/attacks.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import { predict } from "../../compute/predict.ts";
import type { Scale } from "../../data/scale.ts";
import { createEngine, type Engine, type EngineOptions } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import { checksumOfJson } from "../../files/checksums.ts";
import { removeFolder } from "../../files/files.ts";
import { inPixels } from "../../networks/in_pixels.ts";
import type { Model } from "../../networks/model.ts";
import { tellOfScale } from "../shared/accuracy_by_scale.ts";
import { attackInBlocks, type BlockOptions, type TimedAttack } from "../shared/blocks.ts";
import { holdFolder } from "../shared/hold_folder.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { loadShown } from "../shared/load_shown.ts";
import {
  checksumOfModel,
  imageSideOf,
  type ModelFile,
  readModel,
  titleOf,
} from "../shared/model_file.ts";
import { unitsOf } from "../shared/pixel_flags.ts";
import { scaleOfModel } from "../shared/scale_flag.ts";
import { progressOnStderr } from "../shared/progress.ts";
import { firstTestImages, type TestImages } from "../shared/test_images.ts";
import { type AttackRequest, help, readOptions } from "./options.ts";
import { conclude } from "./results.ts";
import { transferred } from "../../metrics/transfer.ts";
import { memberSigns, type WarningSign, warningSigns } from "../../metrics/warning_signs.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import { ownFlags, recordedSettings } from "./settings.ts";
import { euclideanRatios } from "./summary.ts";
import { pictureShape } from "../../data/dataset.ts";
import { removeSaved, saveAdversarial, type SavedImages } from "./save_adversarial.ts";

/** `attack`: attacks a model's test images. Returns the exit code. */
export async function attack(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<number> {
  const options = await readOptions(args, ranks);
  if (!options) {
    console.log(help);
    return 0;
  }
  try {
    await attackModel(options);
    return 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.error(`interrupted after ${error.message}: repeat the command to resume from there`);
    return 130;
  }
}

async function attackModel(options: AttackRequest): Promise<void> {
  const { model: file, source, out, within } = options;
  const { dataset: all, leftOut } = await loadShown(
    {
      ...options,
      pixels: within === "pixels",
      side: await imageSideOf(file, options.dataset),
    },
    file.network,
  );
  const dataset = await firstTestImages(all, options.images);
  const problem = await problemOf(options, dataset);
  checkTarget(options.target, dataset.classes);
  checkSave(options, dataset);
  using _ = await holdFolder("attacking", out);
  await using engine = await createEngine(options.engine);
  const accuracies = await tellOfScale(engine, { ...problem, split: dataset.test, within });
  const settings = {
    ...recordedSettings(options, problem.scale),
    weights_sha256: await checksumOfModel(file, problem.plain),
    ...(source ? { source_sha256: await checksumOfModel(source, problem.plainSource!) } : {}),
  };
  const folder = `${out}/partial`;
  const images = dataset.names.map(({ index }) => index);
  const { attacked, seconds } = await attackedImages(engine, problem, options, {
    folder,
    key: checksumOfJson({ ...settings, dataset: dataset.checksum, images }),
  });
  await removeSaved(out);
  const saved = options.save ? await save(engine, attacked, problem, options) : undefined;
  await conclude(attacked, dataset, options, {
    settings: { ...settings, ...(accuracies ? { accuracy_by_scale: accuracies } : {}) },
    durationSeconds: seconds,
    leftOut,
    saved,
    warnings: await warningsOf(engine, attacked, problem, options),
  });
  await removeFolder(folder);
}

/** A model and the images to attack. */
interface Problem {
  /** The model as it takes preprocessed inputs. */
  readonly plain: Model;
  /** The model as it is attacked. */
  readonly model: Model;
  /** The model that the attack is made on, where it is another one. */
  readonly source?: Model;
  /** It as it takes preprocessed inputs. */
  readonly plainSource?: Model;
  /** How pixels become its inputs. */
  readonly scale: Scale;
  readonly dataset: TestImages;
}

/** Reads the model to attack and the one that the attack is made on, for a dataset's images. */
async function problemOf(options: AttackRequest, dataset: TestImages): Promise<Problem> {
  const { model: file, source, within } = options;
  if (source) checkSource(file, source);
  const read = async (file: ModelFile) => {
    const plain = await readModel(file, dataset);
    const scale = await scaleOfModel({ ...file, chosen: options.scale, within, dataset });
    return { plain, scale, model: within === "pixels" ? inPixels(plain, scale) : plain };
  };
  const own = await read(file);
  if (!source) return { ...own, dataset };
  const { model, plain } = await read(source);
  return { ...own, source: model, plainSource: plain, dataset };
}

/** Checks that two networks take images of the same shape, since the dataset is read for one of them. */
function checkSource(model: ModelFile, source: ModelFile): void {
  const [expected, came] = [model, source].map(({ network = "" }) => imageScaleOf(network));
  if (expected === came) return;
  throw new UserError(
    `reading --source: expected a network that takes images as the model does (${expected}), got ${
      titleOf(source)
    } (${came})`,
    2,
  );
}

function checkTarget(target: AttackRequest["target"], classes: number): void {
  if (typeof target !== "number" || target < classes) return;
  throw new UserError(
    `reading --target: expected a class below ${classes} or all, got ${target}`,
    2,
  );
}

function checkSave({ save }: AttackRequest, dataset: TestImages): void {
  if (!save || pictureShape(dataset)) return;
  throw new UserError(
    `reading --save: expected images, grey or RGB, of pixels 0-255, got inputs [${dataset.inputShape}] of ${dataset.title}`,
    2,
  );
}

/** Attacks the images, block by block, until all are done or the user interrupts. */
async function attackedImages(
  engine: Engine,
  { model, source, dataset }: Problem,
  { attack, flags, target, within, engine: { ranks } }: AttackRequest,
  kept: Pick<BlockOptions, "folder" | "key">,
): Promise<TimedAttack> {
  const { run, leaves } = attacks[attack]!;
  const bounds = within === "pixels" ? { within: { low: 0, high: 255 } } : {};
  const view = progressOnStderr();
  using interrupt = interruption({
    ranks,
    onWait: () =>
      view.tell("stopping once this block of images is done; Ctrl-C again stops at once"),
  });
  return await attackInBlocks(dataset.test, {
    ...kept,
    size: chunkSizes(model.network, engine).block * engine.workers,
    signal: interrupt.signal,
    onProgress: (done, total) => view.show({ name: "attacking", done, total }),
    async run(block, onProgress) {
      const towards = async (goal: AttackGoal) => {
        const made = await run(engine, source ?? model, block, flags, { ...bounds, ...goal });
        if (!source) return made;
        const left = leaves === "label" ? { labels: block.labels } : {};
        return await transferred(engine, model, block.images, made, goal.targets ? goal : left);
      };
      if (target === undefined) return await towards({ onProgress });
      if (target !== "all") {
        return await towards({ targets: new Uint16Array(block.count).fill(target), onProgress });
      }
      const sources = leaves === "label"
        ? block.labels
        : (await predict(engine, model, block.images)).labels;
      return await attackAllTargets(towards, dataset.classes, sources, onProgress);
    },
  }).finally(view.end);
}

/** The signs that the results may look better than they are. */
async function warningsOf(
  engine: Engine,
  attacked: Attacked,
  { model, source, dataset: { test } }: Problem,
  options: AttackRequest,
): Promise<WarningSign[]> {
  const { attack, flags, target, within } = options;
  const ratios = euclideanRatios(attacked, test.images, ownFlags(options));
  const members = attacks[attack]!.membersOf?.((source ?? model).network, flags.norm);
  const signs = await warningSigns(engine, model, test, { ...attacked, ratios }, {
    ...(source ? { source } : {}),
    ...(typeof target === "number"
      ? { targets: new Uint16Array(test.count).fill(target) }
      : attacks[attack]!.leaves === "label"
      ? { labels: test.labels }
      : {}),
    pixels: within === "pixels",
  });
  return [...members ? memberSigns(members) : [], ...signs];
}

/** Writes adversarial images and perturbations. */
async function save(
  engine: Engine,
  attacked: Attacked,
  { plain, scale, dataset }: Problem,
  { attack, target, within, out }: AttackRequest,
): Promise<SavedImages> {
  const sources = attacks[attack]!.leaves === "label" ? dataset.test.labels : attacked.predicted;
  return await saveAdversarial(engine, attacked, out, {
    dataset,
    indices: dataset.names.map(({ index }) => index),
    isFooled: (image, predicted) =>
      typeof target === "number" ? predicted === target : predicted !== sources[image],
    model: inPixels(plain, scale),
    about: { attack, dataset: dataset.id, units: unitsOf[within] },
  });
}
