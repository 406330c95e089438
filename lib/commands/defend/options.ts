import { type Flags, parseCommand } from "../shared/cli_args.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { fineTunings } from "../../experiments/methods.ts";
import type { MethodSettings } from "../../jobs/method.ts";
import { networkNames } from "../../networks/by_name.ts";
import { datasetHelp } from "../shared/dataset_help.ts";
import { engineOf, mostEpochs, needed, one, real, whole } from "../shared/flag_values.ts";
import { helpLines } from "../shared/help_lines.ts";
import { type ImageFlags, imageFlags, imageFlagsOf, imageHelp } from "../shared/image_flags.ts";
import { type ModelFile, modelFileOf } from "../shared/model_file.ts";
import { epsilonOf, type WithinFlag, withinOf } from "../shared/pixel_flags.ts";
import { type ScaleChoice, scaleHelp, scaleWithin } from "../shared/scale_flag.ts";
import { renameHelp } from "../shared/rename_flag.ts";
import { quoted } from "../shared/shell_words.ts";
import { userDataset, userPath } from "../shared/user_path.ts";
import { slurmFlags, slurmHelp } from "../slurm/options.ts";
import { methodFlags, methodHelp, methodSettingsOf } from "./method_flags.ts";

const methodIds = fineTunings.map(({ id }) => id);

/** The options of `defend`. */
export interface DefendCommand extends ImageFlags {
  readonly model: ModelFile;
  readonly dataset: string;
  /** What is attacked: pixels 0-255, in which attacks that measure stay, or preprocessed inputs. */
  readonly within: WithinFlag;
  /** How pixels become a model's inputs; {@link scaleOfModel} says what holds when left out. */
  readonly scale?: ScaleChoice;
  /** One of the methods of fine-tuning. */
  readonly method: string;
  /** Its settings that were given. */
  readonly settings: MethodSettings;
  readonly epochs: number;
  /** Chosen by a trial when left out. */
  readonly learningRate?: number;
  readonly batch: number;
  readonly flips: boolean;
  readonly seed: number;
  /** How much accuracy may be lost on held-out images, in 0..1. */
  readonly accuracyLoss: number;
  /** What an epoch is chosen on: test images, which are then not measured on, or training images. */
  readonly chooseOn: "test" | "train";
  /** How many of them; the library's number when left out. */
  readonly heldOut?: number;
  /** How many training images are used, those that an epoch is chosen on among them; all when left out. */
  readonly trainImages?: number;
  /** How many held-out images, and at the end test images, are attacked. */
  readonly images: number;
  /** The strength of PGD at the end; derived when left out. */
  readonly epsilon?: number;
  readonly engine: EngineOptions;
  readonly out: string;
  readonly json: boolean;
  /** The command line, for the page. */
  readonly command: string;
}

/** What `defend --help` prints. */
export const help = helpLines(
  `Hardens a trained model: fine-tunes it on training images so that it resists perturbations, keeps the epoch that
resists most without losing accuracy on half of the test images, and measures before and after on the other half.

  deno task defend --model FILE [--network NAME] --dataset NAME --out DIR [flags]

Ctrl-C saves the best epoch so far; repeating the command resumes from there, with bit-identical results.

  --model FILE        an ONNX file, or the weights of a network (safetensors, PyTorch's names)
  --weights FILE      the same as --model, for safetensors
  --network NAME      the network of safetensors: ${networkNames.join(", ")}
  ${renameHelp}
  --out DIR           where hardened.onnx (of an ONNX file), hardened.safetensors, defend.arrow, defend.json
                      and defend.html go
  --dataset NAME      ${datasetHelp} (mnist)
  ${imageHelp}
  --within WHAT       pixels: train on pixels 0-255, and measure with attacks that stay between 0 and
                      255; none: preprocessed inputs, without bounds (pixels; none for float32 tensors)
  ${scaleHelp}
  --method NAME       ${methodIds.join(", ")} (deep_defense)
${methodHelp}
  --epochs N          passes over the training images (5)
  --learning-rate X   halved in the last fifth of the epochs, at least in the last one; by default the largest that a short trial finds harmless,
                      and where no epoch is kept with it a third of that, at most twice
  --batch N           images per step (100)
  --flips             flip batches left to right, at random
  --seed N            draws the order of the training images (0)
  --choose-on WHAT    test: test images, which are then not measured on; train: training images, which are then not
                      trained on. Training may forget some images that the model has seen before, without being
                      worse on new ones: choosing on those can then keep nothing (test)
  --held-out N        how many of these images (half of the test images, or a tenth of the training images, at
                      most 5,000)
  --accuracy-loss X   how many points of accuracy an epoch may lose on them and still be kept (0.5)
  --train-images N    the first N training images only (all)
  --images N          held-out images to attack after every epoch, and test images at the end (1000)
  --epsilon E         the strength of PGD (l2) at the end: a fraction of the full range, such as 128/255, or pixels
                      from 1 on; by default the mean size of DeepFool's perturbations at the start
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads (one per core), under mpirun of each rank; the same number gives the same bits
  --grid "F=X,X F=X"  harden once for each combination of values, each in a folder of its own below --out, and compare:
                      "lambda=5,15,25 c=15,25"; points that have ended are not run again
  --job I/N           with --grid: run every N-th point from the I-th, and compare nothing; none: run none, compare
                      those that have ended
${slurmHelp}
                      (with --grid: one task for each point)
  --json              print the summary as JSON
  --help              print this
`,
);

/** The flags of `defend`. */
export const flags: Flags = {
  values: [
    "model",
    "weights",
    "network",
    "rename",
    "dataset",
    ...imageFlags,
    "out",
    "within",
    "scale",
    "method",
    ...methodFlags,
    "epochs",
    "learning-rate",
    "batch",
    "seed",
    "accuracy-loss",
    "choose-on",
    "held-out",
    "train-images",
    "images",
    "epsilon",
    "backend",
    "device",
    "workers",
    "grid",
    "job",
    ...slurmFlags.values,
  ],
  switches: ["flips", "json", "help", ...slurmFlags.switches],
  passedOn: slurmFlags.passedOn,
};

/**
 * Reads the flags of `defend`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<DefendCommand | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  const method = one("method", values.method ?? "deep_defense", methodIds);
  const dataset = userDataset(values.dataset ?? "mnist");
  const within = await withinOf(values.within, dataset);
  return {
    model: await modelFileOf(values),
    out: userPath(needed("out", values.out)),
    dataset,
    ...imageFlagsOf(values, dataset),
    within,
    ...(values.scale ? { scale: scaleWithin(values.scale, within) } : {}),
    method,
    settings: methodSettingsOf(method, values, within),
    ...trainingOf(values),
    flips: switches.flips ?? false,
    ...(values.epsilon ? { epsilon: epsilonOf(values.epsilon, within) } : {}),
    engine: engineOf(values, ranks),
    json: switches.json ?? false,
    command: ["deno task defend", ...args.map(quoted)].join(" "),
  };
}

/** How training goes. */
function trainingOf(values: Readonly<Record<string, string>>) {
  const { batch, epochs, images, seed } = values;
  const rate = values["learning-rate"];
  const heldOut = values["held-out"];
  const trainImages = values["train-images"];
  return {
    epochs: whole("epochs", epochs ?? "5", 1, mostEpochs),
    batch: whole("batch", batch ?? "100", 1),
    seed: whole("seed", seed ?? "0", 0),
    images: whole("images", images ?? "1000", 1),
    accuracyLoss: real("accuracy-loss", values["accuracy-loss"] ?? "0.5", 0, 100) / 100,
    chooseOn: one("choose-on", values["choose-on"] ?? "test", ["test", "train"]),
    ...(rate ? { learningRate: real("learning-rate", rate, 0) } : {}),
    ...(heldOut ? { heldOut: whole("held-out", heldOut, 1) } : {}),
    ...(trainImages ? { trainImages: whole("train-images", trainImages, 1) } : {}),
  };
}
