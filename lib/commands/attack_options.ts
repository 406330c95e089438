import { parseCommand } from "../cli_args.ts";
import type { BadImagePolicy } from "../data/image_list.ts";
import type { EngineOptions } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import { networkNames } from "../networks/by_name.ts";
import { engineOf, needed, one, real, whole } from "./flag_values.ts";

/** The attacks that can be named. */
export const attackNames = ["deepfool", "fmn", "fgs", "pgd"] as const;

/** What `attack` was asked for. */
export interface AttackOptions {
  readonly weightsFile: string;
  readonly network: string;
  readonly dataset: string;
  /** What is done with images that cannot be read. */
  readonly bad: BadImagePolicy;
  readonly attack: typeof attackNames[number];
  /** The norm of the perturbation, in [1, inf]: DeepFool's, PGD's. */
  readonly p: number;
  /** The strength of FGS and PGD. */
  readonly epsilon: number;
  /** DeepFool's iteration limit, the steps of the others. */
  readonly iterations?: number;
  readonly overshoot: number;
  /** How many test images, the first ones; all when left out, 1,000 of those that are read on demand. */
  readonly images?: number;
  readonly engine: EngineOptions;
  readonly out: string;
  readonly json: boolean;
}

/** What `attack --help` prints. */
export const help =
  `Attacks a model's test images, and writes what came of each image, pictures and a summary.

  deno task attack --weights FILE --network NAME --out DIR [flags]

  --weights FILE      the model (safetensors, PyTorch's names)
  --network NAME      ${networkNames.join(", ")}
  --out DIR           where attacks.arrow, attacks.json and attacks.html go
  --dataset NAME      mnist; cifar10, fetched the first time, or cifar10:DIR for a folder of its binary version;
                      idx:DIR for a folder of IDX files; imagenet:DIR for images in val/ (mnist)
  --bad-images WHAT   skip or stop: what is done with images of imagenet:DIR that cannot be read (skip)
  --attack NAME       deepfool; fmn (fast minimum-norm, l2); fgs; pgd (deepfool)
  --norm P            deepfool: a number from 1, or inf (2); pgd: 2 or inf (inf)
  --epsilon E         the strength of fgs and pgd, in units of the preprocessed input
  --iterations N      deepfool's limit (50), the steps of pgd (40) and fmn (100)
  --overshoot X       deepfool's (0.02)
  --images N          the first N test images (all; of imagenet:DIR 1000)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads that share the images (the cores)
  --json              print the summary as JSON
  --help              print this
`;

const flags = {
  values: [
    "weights",
    "network",
    "dataset",
    "bad-images",
    "out",
    "attack",
    "norm",
    "epsilon",
    "iterations",
    "overshoot",
    "images",
    "backend",
    "device",
    "workers",
  ],
  switches: ["json", "help"],
};

/**
 * Reads the flags of `attack`; undefined when help was asked for.
 *
 * @throws UserError (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(args: readonly string[]): Promise<AttackOptions | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${words[0]}`, 2);
  }
  const attack = one("attack", values.attack ?? "deepfool", attackNames);
  const bounded = attack === "fgs" || attack === "pgd";
  return {
    weightsFile: needed("weights", values.weights),
    network: one("network", needed("network", values.network), networkNames),
    out: needed("out", values.out),
    dataset: values.dataset ?? "mnist",
    bad: one("bad-images", values["bad-images"] ?? "skip", ["skip", "stop"]),
    attack,
    p: normOf(values.norm ?? (attack === "pgd" ? "inf" : "2")),
    epsilon: bounded ? real("epsilon", needed("epsilon", values.epsilon), 0) : 0,
    ...(values.iterations ? { iterations: whole("iterations", values.iterations, 1) } : {}),
    overshoot: real("overshoot", values.overshoot ?? "0.02", 0),
    ...(values.images ? { images: whole("images", values.images, 1) } : {}),
    engine: engineOf(values),
    json: switches.json ?? false,
  };
}

function normOf(text: string): number {
  return text === "inf" ? Infinity : real("norm", text, 1);
}
