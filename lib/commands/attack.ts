import { attackAllTargets } from "../attacks/all_targets.ts";
import type { Attacked } from "../attacks/attacked.ts";
import { type AttackGoal, attacks } from "../attacks/attacks.ts";
import { chunkSizes } from "../compute/chunk_size.ts";
import { predict } from "../compute/predict.ts";
import { pictureShape } from "../data/dataset.ts";
import { noScale, type Scale, unitScale } from "../data/scale.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import { checksumOf, checksumOfJson } from "../experiments/checksums.ts";
import { makeFolder, removeFolder } from "../experiments/files.ts";
import { inPixels } from "../networks/in_pixels.ts";
import type { Model } from "../networks/model.ts";
import { accuracyByScale } from "./accuracy_by_scale.ts";
import { attackInBlocks, type BlockOptions, type TimedAttack } from "./attack_blocks.ts";
import { type AttackOptions, help, readOptions } from "./attack_options.ts";
import { conclude } from "./attack_results.ts";
import { settingsOf } from "./attack_settings.ts";
import { Interrupted, interruption } from "./interruption.ts";
import { loadShown } from "./load_shown.ts";
import { imageSideOf, isOnnx, readModel } from "./model_file.ts";
import { knownScales, unitsOf } from "./pixel_flags.ts";
import { progressOnStderr } from "./progress.ts";
import { saveAdversarial, type Saved } from "./save_adversarial.ts";
import { firstTestImages, type TestImages } from "./test_images.ts";

/** `attack`: attacks a model's test images. Returns the exit code. */
export async function attack(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  try {
    await attackModel(options);
    return 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.error(`interrupted after ${error.message}: the same command goes on from there`);
    return 130;
  }
}

async function attackModel(options: AttackOptions): Promise<void> {
  const { model: file, out, within } = options;
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
  await makeFolder(out);
  await using engine = await createEngine(options.engine);
  const accuracies = await tellOfScale(engine, problem, options);
  const weights_sha256 = checksumOf(await Deno.readFile(file.path));
  const settings = { ...settingsOf(options, problem.scale), weights_sha256 };
  const folder = `${out}/partial`;
  const images = dataset.names.map(({ index }) => index);
  const { attacked, seconds } = await attackedImages(engine, problem, options, {
    folder,
    key: checksumOfJson({ ...settings, dataset: dataset.checksum, images }),
  });
  const saved = options.save ? await save(engine, attacked, problem, options) : undefined;
  await conclude(attacked, dataset, options, {
    settings: { ...settings, ...(accuracies ? { accuracy_by_scale: accuracies } : {}) },
    durationSeconds: seconds,
    leftOut,
    saved,
  });
  await removeFolder(folder);
}

/** A model and the images to attack. */
interface Problem {
  /** The model as it takes preprocessed inputs. */
  readonly plain: Model;
  /** The model as it is attacked. */
  readonly model: Model;
  /** How pixels become its inputs. */
  readonly scale: Scale;
  readonly dataset: TestImages;
}

/** The model that is attacked on a dataset's images. */
async function problemOf(
  { model: file, within, scale: given }: AttackOptions,
  dataset: TestImages,
): Promise<Problem> {
  const plain = await readModel(file, dataset);
  const scale = given ?? (isOnnx(file.path) ? unitScale : await dataset.scale?.() ?? noScale);
  return { plain, model: within === "pixels" ? inPixels(plain, scale) : plain, scale, dataset };
}

function checkTarget(target: AttackOptions["target"], classes: number): void {
  if (typeof target !== "number" || target < classes) return;
  throw new UserError(
    `reading --target: expected a class below ${classes} or all, got ${target}`,
    2,
  );
}

function checkSave({ save }: AttackOptions, dataset: TestImages): void {
  if (!save || pictureShape(dataset)) return;
  throw new UserError(
    `reading --save: expected a dataset of images, grey or RGB, got inputs [${dataset.inputShape}] of ${dataset.title}`,
    2,
  );
}

/** Says what the accuracy is under other scales, where it is below twice chance. */
async function tellOfScale(
  engine: Engine,
  { plain, scale, dataset }: Problem,
  { within }: AttackOptions,
): Promise<Record<string, number> | undefined> {
  if (within !== "pixels") return undefined;
  const scales = async () => knownScales(await dataset.scale?.());
  const trial = { split: dataset.test, scale, scales };
  const accuracies = await accuracyByScale(engine, plain, trial);
  if (!accuracies) return undefined;
  const each = Object.entries(accuracies).map(([name, share]) =>
    `${name} ${(100 * share).toFixed(1)}%`
  );
  console.error(
    `note: the accuracy is below twice chance; on the first 200 images, by --scale: ${
      each.join(", ")
    }`,
  );
  return accuracies;
}

/** Attacks the images, block by block, until all are done or the user interrupts. */
async function attackedImages(
  engine: Engine,
  { model, dataset }: Problem,
  { attack, flags, target, within }: AttackOptions,
  kept: Pick<BlockOptions, "folder" | "key">,
): Promise<TimedAttack> {
  const { run, leaves } = attacks[attack]!;
  const bounds = within === "pixels" ? { within: { low: 0, high: 255 } } : {};
  const view = progressOnStderr();
  using interrupt = interruption();
  interrupt.signal.addEventListener("abort", () => {
    view.tell("stopping once this block of images is done; Ctrl-C again stops at once");
  });
  return await attackInBlocks(dataset.test, {
    ...kept,
    size: chunkSizes(model.network).block * engine.workers,
    signal: interrupt.signal,
    onProgress: (done, total) => view.show({ name: "attacking", done, total }),
    async run(block, onProgress) {
      const towards = (goal: AttackGoal) =>
        run(engine, model, block, flags, { ...bounds, ...goal });
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

/** Writes adversarial images and perturbations. */
async function save(
  engine: Engine,
  attacked: Attacked,
  { plain, scale, dataset }: Problem,
  { attack, target, within, out }: AttackOptions,
): Promise<Saved> {
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
