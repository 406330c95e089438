import { createHash } from "node:crypto";
import { attackAllTargets } from "../attacks/all_targets.ts";
import type { Attacked } from "../attacks/attacked.ts";
import { type AttackGoal, attacks } from "../attacks/attacks.ts";
import { chunkSizes } from "../compute/chunk_size.ts";
import { predict } from "../compute/predict.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import { noScale, type Scale } from "../data/scale.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import { checksumOfJson } from "../experiments/checksums.ts";
import { makeFolder, removeFolder } from "../experiments/files.ts";
import { networkFor } from "../networks/by_name.ts";
import { inPixels } from "../networks/in_pixels.ts";
import type { Model } from "../networks/model.ts";
import { readWeights } from "../networks/weights.ts";
import { accuracyByScale } from "./accuracy_by_scale.ts";
import { attackInBlocks, type BlockOptions, type TimedAttack } from "./attack_blocks.ts";
import { type AttackOptions, help, readOptions } from "./attack_options.ts";
import { conclude, type TestImages } from "./attack_results.ts";
import { Interrupted, interruption } from "./interruption.ts";
import { loadShown } from "./load_shown.ts";
import { knownScales, unitsOf } from "./pixel_flags.ts";
import { saveAdversarial } from "./save_adversarial.ts";

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
  const { network: name, weightsFile, within, out } = options;
  const wanted = { ...options, pixels: within === "pixels" };
  const dataset = await firstOf(await loadShown(wanted, name), options.images);
  const network = networkFor(name, dataset);
  const plain = { network, weights: await readWeights(weightsFile, network) };
  const scale = options.scale ?? await dataset.scale?.() ?? noScale;
  const model = within === "pixels" ? inPixels(plain, scale) : plain;
  checkTarget(options.target, dataset.classes);
  await makeFolder(out);
  await using engine = await createEngine(options.engine);
  const problem = { plain, model, scale, dataset };
  const accuracies = await tellOfScale(engine, problem, options);
  const record = { ...settingsOf(options, scale), weights_sha256: await checksum(weightsFile) };
  const folder = `${out}/partial`;
  const { attacked, seconds } = await attackedImages(engine, problem, options, {
    folder,
    key: checksumOfJson({ ...record, dataset: dataset.checksum, images: dataset.names.length }),
  });
  const saved = options.save ? await save(engine, attacked, problem, options) : {};
  await conclude(attacked, dataset, options, {
    settings: { ...record, ...(accuracies ? { accuracy_by_scale: accuracies } : {}) },
    seconds,
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

function checkTarget(target: AttackOptions["target"], classes: number): void {
  if (typeof target !== "number" || target < classes) return;
  throw new UserError(
    `reading --target: expected a class below ${classes} or all, got ${target}`,
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
  const scales = knownScales(await dataset.scale?.());
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
  using interrupt = interruption();
  interrupt.signal.addEventListener("abort", () => {
    console.error("stopping once this block of images is done; Ctrl-C again stops at once");
  });
  return await attackInBlocks(dataset.test, {
    ...kept,
    size: chunkSizes(model.network).block * engine.workers,
    signal: interrupt.signal,
    onProgress,
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
  });
}

/** Writes adversarial images and perturbations. */
async function save(
  engine: Engine,
  attacked: Attacked,
  { plain, scale, dataset }: Problem,
  { attack, target, within, out }: AttackOptions,
) {
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

/** What the results depend on, as it is written down. */
function settingsOf(options: AttackOptions, scale: Scale) {
  const { out: _, json: __, engine: ___, flags: ____, save: _____, ...settings } = options;
  const { within } = options;
  return {
    ...settings,
    scale: scale.name,
    units: unitsOf[within],
    ...shownFlags(options),
  };
}

async function checksum(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/** Of images that are read on demand, how many are attacked if no number is named. */
const mostStreamed = 1000;

/** The dataset with its first test images alone, in memory, and what each is called. */
async function firstOf(dataset: Dataset | StreamedDataset, images?: number): Promise<TestImages> {
  const { count, files } = { files: undefined, ...dataset.test };
  const most = Math.min(images ?? (files ? mostStreamed : count), count);
  const test = await readRows(dataset.test, Uint32Array.from({ length: most }, (_, i) => i));
  const names = Array.from(
    test.indices,
    (index) => files ? { index, file: files[index]! } : { index },
  );
  return { ...dataset, train: test, test, names };
}

/** A line that is rewritten on a terminal; nothing elsewhere. */
function onProgress(done: number, total: number): void {
  if (!Deno.stderr.isTerminal()) return;
  const text = `\r\x1b[2Kattacked ${done} of ${total} images${done === total ? "\n" : ""}`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** The attack's own flags, as they are written down. */
function shownFlags({ attack, flags }: AttackOptions) {
  const { needs, options } = attacks[attack]!;
  return Object.fromEntries(
    Object.entries(flags).filter(([flag]) => flag in options || needs.some((name) => name === flag))
      .map(([flag, value]) => [flag, value === Infinity ? "inf" : value]),
  );
}
