import { parseCommand } from "../shared/cli_args.ts";
import type { BadImagePolicy } from "../../data/images/image_list.ts";
import type { Scale } from "../../data/scale.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { fineTunings } from "../../experiments/methods.ts";
import type { MethodSettings } from "../../jobs/method.ts";
import { networkNames } from "../../networks/by_name.ts";
import { engineOf, needed, one, real, whole } from "../shared/flag_values.ts";
import { type ModelFile, modelFileOf } from "../shared/model_file.ts";
import {
  epsilonOf,
  scaleForms,
  scaleWithin,
  type WithinFlag,
  withinOf,
} from "../shared/pixel_flags.ts";
import { userDataset, userPath } from "../shared/user_path.ts";
import { methodFlags, methodHelp, methodSettingsOf } from "./method_flags.ts";

const methodIds = fineTunings.map(({ id }) => id);

/** What `defend` was asked for. */
export interface DefendCommand {
  readonly model: ModelFile;
  readonly dataset: string;
  /** What is done with images that cannot be read. */
  readonly bad: BadImagePolicy;
  /** What is attacked: pixels 0-255, in which attacks that measure stay, or preprocessed inputs. */
  readonly within: WithinFlag;
  /** How pixels become the model's inputs; as the dataset's own networks take them when left out. */
  readonly scale?: Scale;
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
  /** What an epoch is chosen on: training images that are held out, or half of the test images. */
  readonly chooseOn: "train" | "test";
  /** How many training images are held out; the library's number when left out. */
  readonly heldOut?: number;
  /** How many training images are used, those that are held out among them; all when left out. */
  readonly trainImages?: number;
  /** How many held-out images, and how many test images in the end, are attacked. */
  readonly images: number;
  /** The strength of PGD in the end; derived when left out. */
  readonly epsilon?: number;
  readonly engine: EngineOptions;
  readonly out: string;
  readonly json: boolean;
  /** The command as it was given, for the page. */
  readonly command: string;
}

/** What `defend --help` prints. */
export const help =
  `Hardens a trained model: fine-tunes it on training images so that it resists perturbations, keeps the epoch that
resists most on held-out training images without losing accuracy, and measures before and after on test images.

  deno task defend --model FILE [--network NAME] --dataset NAME --out DIR [flags]

Ctrl-C keeps the best epoch so far; the same command goes on from there, to the same bits.

  --model FILE        an ONNX file, or the weights of a network (safetensors, PyTorch's names)
  --weights FILE      the same as --model, for safetensors
  --network NAME      the network of safetensors: ${networkNames.join(", ")}
  --out DIR           where hardened.onnx (of an ONNX file), hardened.safetensors, defend.arrow, defend.json
                      and defend.html go
  --dataset NAME      mnist; cifar10, fetched the first time, or cifar10:DIR for a folder of its binary version;
                      idx:DIR for a folder of IDX files; imagenet:DIR for images in train/ and val/;
                      tensors:FILE for safetensors with x_train, y_train, x_test, y_test, of any shape (mnist)
  --bad-images WHAT   skip or stop: what is done with images of imagenet:DIR that cannot be read (skip)
  --within WHAT       pixels: the model is trained on pixels 0-255, and attacks that measure stay between 0 and
                      255; none: on preprocessed inputs, without bounds (pixels; none of float32 tensors)
  --scale HOW         how pixels become the model's inputs: ${scaleForms};
                      the dataset's own if left out, unit for an ONNX file
  --method NAME       ${methodIds.join(", ")} (deep_defense)
${methodHelp}
  --epochs N          how many times the training images are gone through (5)
  --learning-rate X   halved in the last fifth of the epochs; the largest that a short trial finds harmless if left out
  --batch N           images in a step (100)
  --flips             flip batches left to right, at random
  --seed N            names the order of the images (0)
  --choose-on WHAT    train: training images that are held out; test: half of the test images, at most 5,000, which
                      are then not measured on: for a model that was trained on all training images (train)
  --held-out N        training images that are held out (a tenth, at most 5,000)
  --accuracy-loss X   how many points of accuracy an epoch may lose on them and still be kept (0.5)
  --train-images N    the first N training images only (all)
  --images N          held-out images that are attacked after every epoch, and test images in the end (1000)
  --epsilon E         the strength of PGD (l2) in the end: a fraction of the full range, such as 128/255, or pixels
                      from 1 on; if left out, the mean size of DeepFool's perturbations at the start
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads that share the images (the cores); the same number gives the same bits
  --json              print the summary as JSON
  --help              print this
`;

const flags = {
  values: [
    "model",
    "weights",
    "network",
    "dataset",
    "bad-images",
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
  ],
  switches: ["flips", "json", "help"],
};

/** The most epochs that a schedule can have. */
const mostEpochs = 65535;

/**
 * Reads the flags of `defend`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(args: readonly string[]): Promise<DefendCommand | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  const method = one("method", values.method ?? "deep_defense", methodIds);
  const dataset = userDataset(values.dataset ?? "mnist");
  const within = await withinOf(values.within, dataset);
  return {
    model: modelFileOf(values),
    out: userPath(needed("out", values.out)),
    dataset,
    bad: one("bad-images", values["bad-images"] ?? "skip", ["skip", "stop"]),
    within,
    ...(values.scale ? { scale: scaleWithin(values.scale, within) } : {}),
    method,
    settings: methodSettingsOf(method, values, within),
    ...trainingOf(values),
    flips: switches.flips ?? false,
    ...(values.epsilon ? { epsilon: epsilonOf(values.epsilon, within) } : {}),
    engine: engineOf(values),
    json: switches.json ?? false,
    command: ["deno task defend", ...args].join(" "),
  };
}

/** How training goes. */
function trainingOf(values: Readonly<Record<string, string>>) {
  const { batch, epochs, images, seed } = values;
  const rate = values["learning-rate"];
  const heldOut = values["held-out"];
  const chooseOn = one("choose-on", values["choose-on"] ?? "train", ["train", "test"]);
  if (heldOut && chooseOn === "test") {
    throw new UserError(
      "reading --held-out: expected none with --choose-on test, which holds no training images out",
      2,
    );
  }
  const trainImages = values["train-images"];
  return {
    epochs: whole("epochs", epochs ?? "5", 1, mostEpochs),
    batch: whole("batch", batch ?? "100", 1),
    seed: whole("seed", seed ?? "0", 0),
    images: whole("images", images ?? "1000", 1),
    accuracyLoss: real("accuracy-loss", values["accuracy-loss"] ?? "0.5", 0) / 100,
    chooseOn,
    ...(rate ? { learningRate: real("learning-rate", rate, 0) } : {}),
    ...(heldOut ? { heldOut: whole("held-out", heldOut, 1) } : {}),
    ...(trainImages ? { trainImages: whole("train-images", trainImages, 1) } : {}),
  };
}
