import { type Attack, type AttackFlags, attacks } from "../attacks/attacks.ts";
import { parseCommand } from "../cli_args.ts";
import type { BadImagePolicy } from "../data/image_list.ts";
import type { EngineOptions } from "../engine/engine.ts";
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import { networkNames } from "../networks/by_name.ts";
import { engineOf, needed, one, real, whole } from "./flag_values.ts";
import { type ModelFile, modelFileOf } from "./model_file.ts";
import { userDataset, userPath } from "./user_path.ts";

/** What `attack` was asked for. */
export interface AttackOptions {
  readonly model: ModelFile;
  readonly dataset: string;
  /** What is done with images that cannot be read. */
  readonly bad: BadImagePolicy;
  /** One of {@link attacks}. */
  readonly attack: string;
  /** What the attack was told; of flags that it does not have, nothing is used. */
  readonly flags: AttackFlags;
  /** How many test images, the first ones; all when left out, 1,000 of those that are read on demand. */
  readonly images?: number;
  readonly engine: EngineOptions;
  readonly out: string;
  readonly json: boolean;
}

/** The attacks that have something to say of a flag, and what. */
function eachWith(say: (attack: Attack) => string | undefined): string {
  const said = Object.entries(attacks).flatMap(([name, attack]) => {
    const words = say(attack);
    return words === undefined ? [] : [`${name}${words}`];
  });
  return said.join(", ");
}

const spelled = (norm: number) => norm === Infinity ? "inf" : `${norm}`;

const normsOf = ({ norms }: Attack) =>
  norms === "any" ? "a number from 1, or inf" : norms?.map(spelled).join(" or ");

/** What `attack --help` prints. */
export const help =
  `Attacks a model's test images, and writes what came of each image, pictures and a summary.

  deno task attack --model FILE [--network NAME] --out DIR [flags]

  --model FILE        an ONNX file, or the weights of a network (safetensors, PyTorch's names)
  --weights FILE      the same as --model, for safetensors
  --network NAME      the network of safetensors: ${networkNames.join(", ")}
  --out DIR           where attacks.arrow, attacks.json and attacks.html go
  --dataset NAME      mnist; cifar10, fetched the first time, or cifar10:DIR for a folder of its binary version;
                      idx:DIR for a folder of IDX files; imagenet:DIR for images in val/ (mnist)
  --bad-images WHAT   skip or stop: what is done with images of imagenet:DIR that cannot be read (skip)
  --attack NAME       ${eachWith(({ title }) => ` (${title})`)}; deepfool if left out
  --norm P            ${
    eachWith((attack) => attack.norms && `: ${normsOf(attack)} (${spelled(attack.options.norm!)})`)
  }
  --epsilon E         the strength, in units of the preprocessed input; of ${
    eachWith(({ needs }) => needs.includes("epsilon") ? "" : undefined)
  }
  --iterations N      the iteration limit, or the steps: ${
    eachWith(({ options: { iterations } }) => iterations ? ` (${iterations})` : undefined)
  }
  --overshoot X       how far to go beyond the boundary: ${
    eachWith(({ options: { overshoot } }) => overshoot ? ` (${overshoot})` : undefined)
  }
  --images N          the first N test images (all; of imagenet:DIR 1000)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads that share the images (the cores)
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
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(args: readonly string[]): Promise<AttackOptions | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  const attack = one("attack", values.attack ?? "deepfool", Object.keys(attacks));
  return {
    model: modelFileOf(values),
    out: userPath(needed("out", values.out)),
    dataset: userDataset(values.dataset ?? "mnist"),
    bad: one("bad-images", values["bad-images"] ?? "skip", ["skip", "stop"]),
    attack,
    flags: flagsOf(attack, values),
    ...(values.images ? { images: whole("images", values.images, 1) } : {}),
    engine: engineOf(values),
    json: switches.json ?? false,
  };
}

/** How each flag of an attack is read. */
const readers: Readonly<Record<keyof AttackFlags, (text: string, attack: string) => number>> = {
  norm: normOf,
  epsilon: (text) => real("epsilon", text, 0),
  iterations: (text) => whole("iterations", text, 1),
  overshoot: (text) => real("overshoot", text, 0),
};

/** The attack's flags, with its defaults for those that were not given. */
function flagsOf(name: string, values: Readonly<Record<string, string>>): AttackFlags {
  const { needs, options } = attacks[name]!;
  const flags = Object.entries(readers).map(([key, read]) => {
    const flag = key as keyof AttackFlags;
    const text = needs.includes(flag) ? needed(flag, values[flag]) : values[flag];
    if (text === undefined) return [flag, options[flag] ?? NaN] as const;
    if (flag in options || needs.includes(flag)) return [flag, read(text, name)] as const;
    throw new UserError(
      `reading the arguments: expected flags that ${name} has, got --${flag}; of ${name}: ${
        [...needs, ...Object.keys(options)].map((own) => `--${own}`).join(", ")
      }`,
      2,
    );
  });
  return Object.fromEntries(flags) as unknown as AttackFlags;
}

/** A norm of an attack: 2, l2 or L2, inf, linf, 1 and so on. */
function normOf(text: string, name: string): number {
  const plain = text.replace(/^l/i, "");
  const norm = /^inf$/i.test(plain) ? Infinity : real("norm", plain, 1);
  const { norms, title } = attacks[name]!;
  if (norms === "any" || norms?.includes(norm)) return norm;
  throw new UserError(
    `reading --norm: expected ${normsOf(attacks[name]!)} for ${title}, got ${excerpt(text)}`,
    2,
  );
}
