import { resolve } from "node:path";
import { sourceOf } from "../../data/datasets.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { type ExperimentName, experimentNames } from "../../experiments/experiments.ts";
import { methodNames } from "../../experiments/methods.ts";
import { profileOn } from "../../experiments/profiles/dataset_kinds.ts";
import { onPhotosOfOneSize } from "../../experiments/profiles/imagenet_profile.ts";
import { type Profile, profiles, withEpochs } from "../../experiments/profiles/profiles.ts";
import { networkNames } from "../../networks/by_name.ts";
import type { NameMap } from "../../networks/tensor_names.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { imageDatasetHelp } from "../shared/dataset_help.ts";
import { engineOf, many, mostEpochs, one, whole } from "../shared/flag_values.ts";
import { helpLines } from "../shared/help_lines.ts";
import { type ImageFlags, imageFlags, imageFlagsOf, imageHelp } from "../shared/image_flags.ts";
import { isOnnx, networkIn } from "../shared/model_file.ts";
import { renameHelp, renameOf } from "../shared/rename_flag.ts";
import { sameFlags } from "../shared/same_flags.ts";
import { userDataset, userPath } from "../shared/user_path.ts";
import { slurmFlags, slurmHelp, slurmOf, type SlurmOptions } from "../slurm/options.ts";
import { allJobs, type Choice, choiceOf } from "./chosen_jobs.ts";
import { unitScale } from "../../data/scale.ts";
import { scaleForms, scaleOf } from "../shared/scale_flag.ts";
import { nameOf, type UnknownNetwork } from "./unknown_network.ts";

/** The options of `reproduce`. */
export interface ReproduceOptions extends ImageFlags {
  readonly profile: Profile;
  readonly experiments: readonly ExperimentName[];
  readonly dataset: string;
  readonly networks: readonly string[];
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  /** The file of --weights. */
  readonly weightsFile?: string;
  /** A map from the names in that file to the network's. */
  readonly rename?: NameMap;
  /** The folder of --trained. */
  readonly trainedFolder?: string;
  /** The ONNX file of --model, in place of a network of the project. */
  readonly unknown?: UnknownNetwork;
  readonly engine: EngineOptions;
  readonly out: string;
  /** Which jobs are run; `asked`: those whose ids come on the standard input while it is open. */
  readonly choice: Choice | "asked";
  /** How many jobs are run at the same time; by the number of threads when left out. */
  readonly atOnce?: number;
  /** How jobs are submitted to Slurm, if they are. */
  readonly slurm?: SlurmOptions;
  /** Flags that plan the same jobs from any folder, without those of the choice and of threads. */
  readonly flags: readonly string[];
  readonly list: boolean;
  readonly json: boolean;
}

/** What `reproduce --help` prints. */
export const help = helpLines(
  `Reproduces the paper's experiments: trains the networks, attacks them, and writes tables and a report.

  deno task reproduce [flags]

  --profile NAME      how much to run (quick); on other datasets than mnist, quick has a few epochs:
${
    Object.values(profiles).map(({ name, purpose }) =>
      `                        ${name.padEnd(6)} ${purpose}`
    ).join("\n")
  }
  --only NAME,...     experiments: ${experimentNames.join(", ")} (the profile's)
  --dataset NAME      ${imageDatasetHelp} (mnist)
  ${imageHelp}
  --network NAME,...  ${networkNames.join(", ")} (the profile's)
  --method NAME,...   of table1 and figure2: ${methodNames.join(", ")} (the profile's)
  --epochs N          epochs of fine-tuning (the profile's)
  --model FILE        reference weights (safetensors) instead of training them; without --network, the network is
                      inferred from the tensor names; or an ONNX file: its network is the reference as it is, and
                      the methods use the dataset's settings; it takes pixels 0-255, in which ρ₂ and ε are
                      measured; nothing is clipped, as in the paper's tables
  --scale HOW         how pixels become an ONNX file's inputs: ${scaleForms} (unit)
  --weights FILE      the same as --model, for safetensors
  ${renameHelp}
  --trained DIR       a results folder, such as outputs/paper: its models of the networks, methods and seeds are
                      taken as they are, not trained
  --seed N,...        seeds; each trains its own reference (0; paper: 0,1,2)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads (one per core); under mpirun, of each rank
  --out DIR           where results go (outputs/local/PROFILE)
  --at-once N         jobs side by side, in processes of their own that share the threads (1 for 4 threads)
  --job WHICH         I/N: run every N-th job from the I-th, and exit with 1 while the results have gaps; ID,...:
                      run these jobs of --list and what they need, and write no tables; none: write tables and
                      report of the jobs that have ended; -: run the jobs whose ids come on the standard input
${slurmHelp}
  --list              print the jobs and their states, and stop
  --json              print results as JSON lines
  --help              print this

An interrupted run resumes from its last checkpoint when the same command is repeated.
`,
);

const flags = {
  values: [
    "profile",
    "only",
    "dataset",
    ...imageFlags,
    "network",
    "method",
    "epochs",
    "model",
    "weights",
    "rename",
    "trained",
    "scale",
    "seed",
    "backend",
    "device",
    "workers",
    "out",
    "at-once",
    "job",
    ...slurmFlags.values,
  ],
  switches: ["list", "json", "help", ...slurmFlags.switches],
  passedOn: slurmFlags.passedOn,
};

/** The flags that say which jobs are run where; the others say what the jobs are. */
const running = [
  "workers",
  "out",
  "at-once",
  "job",
  "list",
  "json",
  ...slurmFlags.values,
  ...slurmFlags.switches,
];

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
  const dataset = imagesOf(values.dataset ?? "mnist");
  const weightsFile = values.weights && userPath(values.weights);
  if ((weightsFile || unknown) && values.trained) {
    throw new UserError("reading the arguments: expected --model or --trained, got both", 2);
  }
  const named = profiles[one("profile", values.profile ?? "quick", Object.keys(profiles))]!;
  const rename = await renameFor(values, weightsFile);
  const images = imageFlagsOf(values, dataset);
  const usual = images.imageSize ? onPhotosOfOneSize(named) : profileOn(dataset, named);
  const profile = values.epochs
    ? withEpochs(usual, whole("epochs", values.epochs, 1, mostEpochs))
    : usual;
  const networks = unknown
    ? [nameOf(unknown)]
    : await networksOf(values.network, { weightsFile, rename, profile });
  if (weightsFile && networks.length !== 1) {
    throw new UserError(
      `reading --weights: expected one --network to load them into, got ${networks.join(", ")}`,
      2,
    );
  }
  const out = values.out ? userPath(values.out) : resolve(`outputs/local/${profile.name}`);
  return {
    profile,
    experiments: many("only", values.only, experimentNames) ?? profile.experiments,
    dataset,
    ...images,
    networks,
    methods: many("method", values.method, methodNames) ?? profile.methods,
    seeds: values.seed ? seedsOf(values.seed) : profile.seeds,
    ...(weightsFile ? { weightsFile } : {}),
    ...(rename ? { rename } : {}),
    ...(values.trained ? { trainedFolder: userPath(values.trained) } : {}),
    ...(unknown ? { unknown } : {}),
    engine: engineOf(values, ranks),
    out,
    choice: jobsOf(values, switches),
    ...(values["at-once"] ? { atOnce: whole("at-once", values["at-once"], 1, 256) } : {}),
    ...slurmOf({ ...given, out }, switches, ["at-once", "job", "list", "json"]),
    flags: [
      ...sameFlags(given, switches, { paths: ["model", "weights", "trained"], without: running }),
      `--out=${out}`,
    ],
    list: switches.list ?? false,
    json: switches.json ?? false,
  };
}

/** The jobs of --job, else all. Those that are named by their ids leave the tables, which --json prints, to a later run. */
function jobsOf(
  { job }: Readonly<Record<string, string>>,
  { json, list }: Readonly<Record<string, boolean>>,
): Choice | "asked" {
  const choice = job ? choiceOf(job) : allJobs;
  const writesTables = choice !== "asked" && (!("ids" in choice) || choice.ids.length === 0);
  if (!json || list || writesTables) return choice;
  throw new UserError(
    `reading --json: expected it with --list, or with --job I/N or none, got --job ${
      excerpt(job!)
    }`,
    2,
  );
}

/** Whole numbers, each once. */
function seedsOf(text: string): number[] {
  return [...new Set(text.split(",").map((seed) => whole("seed", seed, 0)))];
}

/** The dataset of --dataset, which has to be of images. */
function imagesOf(text: string): string {
  const dataset = userDataset(text);
  if (!sourceOf(dataset)?.anyShape) return dataset;
  throw new UserError(
    `reading --dataset: expected images, got ${
      excerpt(dataset)
    }: attack, evaluate and defend take such files`,
    2,
  );
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
  { weightsFile, rename, profile }: {
    readonly weightsFile: string | undefined;
    readonly rename: NameMap | undefined;
    readonly profile: Profile;
  },
): Promise<readonly string[]> {
  const named = many("network", network, networkNames);
  if (named || !weightsFile) return named ?? profile.networks;
  return [await networkIn(weightsFile, rename)];
}

/** The map of --rename, with which there have to be safetensors. */
async function renameFor(
  { rename }: Readonly<Record<string, string>>,
  weightsFile: string | undefined,
): Promise<NameMap | undefined> {
  if (!rename) return undefined;
  if (weightsFile) return await renameOf(rename);
  throw new UserError("reading --rename: expected safetensors as --model with it, got none", 2);
}
