import { resolve } from "node:path";
import type { BadImagePolicy } from "../../data/images/image_list.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { experimentNames } from "../../experiments/experiments.ts";
import { methodNames } from "../../experiments/methods.ts";
import { profileOn } from "../../experiments/profiles/dataset_kinds.ts";
import { type Profile, profiles, withEpochs } from "../../experiments/profiles/profiles.ts";
import { networkNames } from "../../networks/by_name.ts";
import { networkOfWeights } from "../../networks/network_of_weights.ts";
import { readSafetensors } from "../../networks/safetensors.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { datasetHelp, wrapped } from "../shared/dataset_help.ts";
import { engineOf, many, one, whole } from "../shared/flag_values.ts";
import { isOnnx } from "../shared/model_file.ts";
import { userDataset, userPath } from "../shared/user_path.ts";
import type { ExperimentName } from "../../experiments/experiments.ts";
import { unitScale } from "../../data/scale.ts";
import { scaleForms, scaleOf } from "../shared/pixel_flags.ts";
import { nameOf, type UnknownNetwork } from "./unknown_network.ts";

/** Epochs are counted in 16 bits. */
const mostEpochs = 65535;

/** The options of `reproduce`. */
export interface ReproduceOptions {
  readonly profile: Profile;
  readonly experiments: readonly ExperimentName[];
  readonly dataset: string;
  /** What to do with images that cannot be read. */
  readonly bad: BadImagePolicy;
  readonly networks: readonly string[];
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  /** The file of --weights. */
  readonly weightsFile?: string;
  /** The folder of --trained. */
  readonly trainedFolder?: string;
  /** The ONNX file of --model, in place of a network of the project. */
  readonly unknown?: UnknownNetwork;
  readonly engine: EngineOptions;
  readonly out: string;
  /** Every n-th job from the i-th, i from 1. */
  readonly part: { readonly i: number; readonly n: number };
  readonly list: boolean;
  readonly json: boolean;
}

/** What `reproduce --help` prints. */
export const help =
  `Reproduces the paper's experiments: trains the networks, attacks them, and writes tables and a report.

  deno task reproduce [flags]

  --profile NAME      how much to run:
${
    Object.values(profiles).map(({ name, purpose }) =>
      `                        ${name.padEnd(6)} ${purpose}`
    ).join("\n")
  }
                      on other datasets than mnist, quick has a few epochs
  --only NAME,...     experiments: ${experimentNames.join(", ")} (the profile's)
  --dataset NAME      ${wrapped(`${datasetHelp} (mnist)`)}
  --bad-images WHAT   skip or stop: what to do with images of imagenet:DIR that cannot be read (skip)
  --network NAME,...  ${networkNames.join(", ")} (the profile's)
  --method NAME,...   of table1 and figure2: ${methodNames.join(", ")} (the profile's)
  --epochs N          epochs of fine-tuning (the profile's)
  --model FILE        reference weights (safetensors) instead of training them; without --network, the network is
                      inferred from the tensor names; or an ONNX file: its network is the reference as it is, and
                      the methods use the dataset's settings; it takes pixels 0-255, in which ρ₂ and ε are
                      measured; nothing is clipped, as in the paper's tables
  --scale HOW         how pixels become an ONNX file's inputs: ${scaleForms} (unit)
  --weights FILE      the same as --model, for safetensors
  --trained DIR       a results folder, such as outputs/paper: its models of the networks, methods and seeds are
                      taken as they are, not trained
  --seed N,...        seeds; each trains its own reference (0; paper: 0,1,2)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads (one per core)
  --out DIR           where results go (outputs/local/PROFILE)
  --job I/N           run every N-th job from the I-th; exit with 1 while the results have gaps
  --list              print the jobs and their states, and stop
  --json              print results as JSON lines
  --help              print this

An interrupted run resumes from its last checkpoint when the same command is repeated.
`;

const flags = {
  values: [
    "profile",
    "only",
    "dataset",
    "bad-images",
    "network",
    "method",
    "epochs",
    "model",
    "weights",
    "trained",
    "scale",
    "seed",
    "backend",
    "device",
    "workers",
    "out",
    "job",
  ],
  switches: ["list", "json", "help"],
};

/**
 * Reads the flags of `reproduce`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<ReproduceOptions | undefined> {
  const { values: given, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  const unknown = unknownOf(given);
  const values = unknown ? { ...given, network: "" } : withWeights(given);
  const dataset = userDataset(values.dataset ?? "mnist");
  if (dataset.startsWith("tensors:")) {
    throw new UserError(
      `reading --dataset: expected images, got ${excerpt(dataset)}: attack and defend take tensors`,
      2,
    );
  }
  const weightsFile = values.weights && userPath(values.weights);
  if ((weightsFile || unknown) && values.trained) {
    throw new UserError("reading the arguments: expected --model or --trained, got both", 2);
  }
  const named = profiles[one("profile", values.profile ?? "quick", Object.keys(profiles))]!;
  const usual = profileOn(dataset, named);
  const profile = values.epochs
    ? withEpochs(usual, whole("epochs", values.epochs, 1, mostEpochs))
    : usual;
  const networks = unknown
    ? [nameOf(unknown)]
    : await networksOf(values.network, weightsFile, profile);
  if (weightsFile && networks.length !== 1) {
    throw new UserError(
      `reading --weights: expected one --network to load them into, got ${networks.join(", ")}`,
      2,
    );
  }
  return {
    profile,
    experiments: many("only", values.only, experimentNames) ?? profile.experiments,
    dataset,
    bad: one("bad-images", values["bad-images"] ?? "skip", ["skip", "stop"]),
    networks,
    methods: many("method", values.method, methodNames) ?? profile.methods,
    seeds: values.seed?.split(",").map((text) => whole("seed", text, 0)) ?? profile.seeds,
    ...(weightsFile ? { weightsFile } : {}),
    ...(values.trained ? { trainedFolder: userPath(values.trained) } : {}),
    ...(unknown ? { unknown } : {}),
    engine: engineOf(values, ranks),
    out: values.out ? userPath(values.out) : resolve(`outputs/local/${profile.name}`),
    part: part(values.job ?? "1/1"),
    list: switches.list ?? false,
    json: switches.json ?? false,
  };
}

/** The ONNX file of --model with its --scale, if --model is one. */
function unknownOf(
  { model, weights, network, scale }: Readonly<Record<string, string>>,
): UnknownNetwork | undefined {
  if (!model || !isOnnx(model)) {
    if (!scale) return undefined;
    throw new UserError(
      `reading --scale: expected an ONNX file as --model with it, got ${
        model ?? weights ?? "none"
      }`,
      2,
    );
  }
  const beside = weights ? "--weights" : network ? "--network" : undefined;
  if (!beside) return { path: userPath(model), scale: scale ? scaleOf(scale) : unitScale };
  throw new UserError(
    `reading ${beside}: expected none, since ${model} holds its network and weights, got ${
      weights ?? network
    }`,
    2,
  );
}

/** The flags with --model, of safetensors, as --weights. */
function withWeights(
  { model, ...others }: Readonly<Record<string, string>>,
): Record<string, string> {
  if (!model) return others;
  if (others.weights) {
    throw new UserError(`reading the arguments: expected --model or --weights, got both`, 2);
  }
  return { ...others, weights: model };
}

/** The named networks, else the one that the weights belong to, else the profile's. */
async function networksOf(
  network: string | undefined,
  weightsFile: string | undefined,
  profile: Profile,
): Promise<readonly string[]> {
  const named = many("network", network, networkNames);
  if (named || !weightsFile) return named ?? profile.networks;
  return [networkOfWeights((await readSafetensors(weightsFile)).weights, weightsFile)];
}

function part(text: string): { i: number; n: number } {
  const [, i = 0, n = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (i >= 1 && i <= n) return { i, n };
  throw new UserError(`reading --job: expected I/N with I from 1 to N, got ${excerpt(text)}`, 2);
}
