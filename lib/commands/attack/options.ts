import { type Attack, type AttackFlags, attacks } from "../../attacks/attacks.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { networkNames } from "../../networks/by_name.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { datasetHelp } from "../shared/dataset_help.ts";
import { engineOf, needed, one, real, whole } from "../shared/flag_values.ts";
import { helpLines } from "../shared/help_lines.ts";
import { type ImageFlags, imageFlags, imageFlagsOf, imageHelp } from "../shared/image_flags.ts";
import { type ModelFile, modelFileOf, sourceFileOf } from "../shared/model_file.ts";
import { epsilonOf, type WithinFlag, withinOf } from "../shared/pixel_flags.ts";
import { type ScaleChoice, scaleHelp, scaleWithin } from "../shared/scale_flag.ts";
import { renameHelp } from "../shared/rename_flag.ts";
import { userDataset, userPath } from "../shared/user_path.ts";

/** The options of `attack`. */
export interface AttackRequest extends ImageFlags {
  readonly model: ModelFile;
  /** The model that the attack is made on; `model` itself when left out. */
  readonly source?: ModelFile;
  readonly dataset: string;
  /** One of {@link attacks}. */
  readonly attack: string;
  /** What is attacked: pixels 0-255, in which the attack stays, or preprocessed inputs. */
  readonly within: WithinFlag;
  /** How pixels become a model's inputs; {@link scaleOfModel} says what holds when left out. */
  readonly scale?: ScaleChoice;
  /** The class to reach, or each class in turn; any other class when left out. */
  readonly target?: number | "all";
  /** Whether adversarial images and perturbations are written too. */
  readonly save: boolean;
  /** The attack's flags; those that it does not have are not used. */
  readonly flags: AttackFlags;
  /** How many test images, the first ones; all when left out, 1,000 of those that are read on demand. */
  readonly images?: number;
  readonly engine: EngineOptions;
  readonly out: string;
  readonly json: boolean;
}

/** What `say` gives for each attack, in one text. */
function eachWith(say: (attack: Attack) => string | undefined): string {
  const said = Object.entries(attacks).flatMap(([name, attack]) => {
    const words = say(attack);
    return words === undefined ? [] : [`${name}${words}`];
  });
  return said.join(", ");
}

/** The attacks that have an optional flag, with its defaults. */
function defaultsOf(flag: keyof AttackFlags): string {
  return eachWith(({ options }) => options[flag] === undefined ? undefined : ` (${options[flag]})`);
}

const spelled = (norm: number) => norm === Infinity ? "inf" : `${norm}`;

/** `2, inf or 1`. */
const either = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** The norms of an attack, in words. */
function normsOf({ norms }: Attack): string | undefined {
  return norms === "any" ? "a number from 1, or inf" : norms && either.format(norms.map(spelled));
}

/** What `attack --help` prints. */
export const help = helpLines(
  `Attacks a model's test images, and writes the result for each image, pictures and a summary.

  deno task attack --model FILE [--network NAME] --out DIR [flags]

An interrupted attack resumes when the same command is repeated.

  --model FILE        an ONNX file, or the weights of a network (safetensors, PyTorch's names)
  --weights FILE      the same as --model, for safetensors
  --network NAME      the network of safetensors: ${networkNames.join(", ")}
  ${renameHelp}
  --source FILE       another model to make the attack on; results say what it does to --model (transfer)
  --source-network NAME  the source's network, for safetensors (that of --network)
  --out DIR           where attacks.arrow, attacks.json and attacks.html go
  --dataset NAME      ${datasetHelp} (mnist)
  ${imageHelp}
  --attack NAME       ${eachWith(({ title }) => ` (${title})`)}; deepfool by default
  --norm P            ${
    eachWith((attack) => attack.norms && `: ${normsOf(attack)} (${spelled(attack.options.norm!)})`)
  }
  --within WHAT       pixels: attack pixels 0-255 and stay between 0 and 255; none: attack preprocessed
                      inputs, without bounds, as in the paper's tables (pixels; none for float32 tensors)
  --epsilon E         the strength: a fraction of the full range, such as 8/255, or pixels 0-255 from 1 on; with
                      --within none, in units of the preprocessed input; for ${
    eachWith(({ needs }) => needs.includes("epsilon") ? "" : undefined)
  }
  --target CLASS      the class to reach, from 0; all: each other class in turn, keeping the worst case for each
                      image (any other class)
  ${scaleHelp}
  --iterations N      the iteration limit, or the steps: ${defaultsOf("iterations")}
  --overshoot X       how far to go beyond the boundary: ${defaultsOf("overshoot")}
  --restarts N        how many random starts an image has: ${defaultsOf("restarts")}
  --target-classes N  how many of the most likely other classes are tried in turn, or all of fewer: ${
    defaultsOf("target-classes")
  }
  --seed N            draws the random starts: ${defaultsOf("seed")}
  --save              write adversarial images too (adversarial/, PNG) and perturbations
                      (perturbations.safetensors)
  --images N          the first N test images (all; of imagenet:DIR 1000)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads (one per core); under mpirun, of each rank
  --json              print the summary as JSON
  --help              print this
`,
);

const flags = {
  values: [
    "model",
    "weights",
    "network",
    "rename",
    "source",
    "source-network",
    "dataset",
    ...imageFlags,
    "out",
    "attack",
    "norm",
    "epsilon",
    "within",
    "scale",
    "target",
    "iterations",
    "overshoot",
    "restarts",
    "target-classes",
    "seed",
    "images",
    "backend",
    "device",
    "workers",
  ],
  switches: ["save", "json", "help"],
};

/**
 * Reads the flags of `attack`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<AttackRequest | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  const attack = one("attack", values.attack ?? "deepfool", Object.keys(attacks));
  const dataset = userDataset(values.dataset ?? "mnist");
  const within = await withinOf(values.within, dataset);
  const source = await sourceFileOf(values);
  return {
    model: await modelFileOf(values),
    ...(source ? { source } : {}),
    out: userPath(needed("out", values.out)),
    dataset,
    ...imageFlagsOf(values, dataset),
    attack,
    within,
    ...(values.scale ? { scale: scaleWithin(values.scale, within) } : {}),
    ...(values.target ? { target: targetOf(values.target, attack) } : {}),
    save: switches.save ?? false,
    flags: flagsOf(attack, within, values),
    ...(values.images ? { images: whole("images", values.images, 1) } : {}),
    engine: engineOf(values, ranks),
    json: switches.json ?? false,
  };
}

/** How each flag of an attack is read. */
const readers: Readonly<
  Record<keyof AttackFlags, (text: string, attack: string, within: WithinFlag) => number>
> = {
  norm: normOf,
  epsilon: (text, _, within) => epsilonOf(text, within),
  iterations: (text) => whole("iterations", text, 1),
  overshoot: (text) => real("overshoot", text, 0),
  restarts: (text) => whole("restarts", text, 1),
  "target-classes": (text) => whole("target-classes", text, 1),
  seed: (text) => whole("seed", text, 0),
};

/** The attack's flags, with its defaults for those that were not given. */
function flagsOf(
  name: string,
  within: WithinFlag,
  values: Readonly<Record<string, string>>,
): AttackFlags {
  const { needs, options } = attacks[name]!;
  const flags = Object.entries(readers).map(([key, read]) => {
    const flag = key as keyof AttackFlags;
    const text = needs.includes(flag) ? needed(flag, values[flag]) : values[flag];
    if (text === undefined) return [flag, options[flag] ?? NaN] as const;
    if (flag in options || needs.includes(flag)) return [flag, read(text, name, within)] as const;
    throw new UserError(
      `reading the arguments: expected flags that ${name} has, got --${flag}; ${name} has ${
        [...needs, ...Object.keys(options)].map((own) => `--${own}`).join(", ")
      }`,
      2,
    );
  });
  return Object.fromEntries(flags) as unknown as AttackFlags;
}

/** Reads a target, for an attack that can be directed towards one. */
function targetOf(text: string, name: string): number | "all" {
  if (attacks[name]!.takesTarget === false) {
    throw new UserError(
      `reading --target: expected an attack that can be directed towards a class, got --attack ${name}`,
      2,
    );
  }
  return text === "all" ? text : whole("target", text, 0);
}

/** Reads a norm of an attack: 2, l2 or L2, inf, linf, 1 and so on. */
function normOf(text: string, name: string, within: WithinFlag): number {
  const plain = text.replace(/^l/i, "");
  const norm = /^inf$/i.test(plain) ? Infinity : real("norm", plain, 1);
  const { norms, title } = attacks[name]!;
  if (norms === "any" && within === "pixels" && ![1, 2, Infinity].includes(norm)) {
    throw new UserError(
      `reading --norm: expected 1, 2 or inf for ${title} within pixels (any number from 1 with --within none), got ${
        excerpt(text)
      }`,
      2,
    );
  }
  if (norms === "any" || norms?.includes(norm)) return norm;
  throw new UserError(
    `reading --norm: expected ${normsOf(attacks[name]!)} for ${title}, got ${excerpt(text)}`,
    2,
  );
}
