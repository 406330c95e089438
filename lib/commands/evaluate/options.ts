import type { EngineOptions } from "../../engine/engine.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { EvaluationBudget } from "../../metrics/evaluation/evaluation_plan.ts";
import { networkNames } from "../../networks/by_name.ts";
import type { NameMap } from "../../networks/tensor_names.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { datasetHelp } from "../shared/dataset_help.ts";
import { engineOf, needed, one, type Part, partOf, whole } from "../shared/flag_values.ts";
import { helpLines } from "../shared/help_lines.ts";
import { type ImageFlags, imageFlags, imageFlagsOf, imageHelp } from "../shared/image_flags.ts";
import { isOnnx } from "../shared/model_file.ts";
import { epsilonOf, type WithinFlag, withinOf } from "../shared/pixel_flags.ts";
import { type ScaleChoice, scaleHelp, scaleWithin } from "../shared/scale_flag.ts";
import { pathsIn } from "../shared/path_list.ts";
import { sameFlags } from "../shared/same_flags.ts";
import { quoted } from "../shared/shell_words.ts";
import { renameHelp, renameOf } from "../shared/rename_flag.ts";
import { userDataset, userPath } from "../shared/user_path.ts";
import { slurmFlags, slurmHelp, slurmOf, type SlurmOptions } from "../slurm/options.ts";

/** What `evaluate` was asked for. */
export interface EvaluateCommand extends ImageFlags {
  /** ONNX files, or safetensors. */
  readonly paths: readonly string[];
  /** The network of all safetensors; found by their parameters' names when left out. */
  readonly network?: string;
  /** A map from the names in safetensors to the networks'. */
  readonly rename?: NameMap;
  /** What the models are called; their files' names, or what tells the paths apart, when left out. */
  readonly names?: readonly string[];
  readonly dataset: string;
  /** What is attacked: pixels 0-255, in which attacks stay, or preprocessed inputs. */
  readonly within: WithinFlag;
  /** How pixels become a model's inputs; {@link scaleOfModel} says what holds when left out. */
  readonly scale?: ScaleChoice;
  /** The norm of perturbations. */
  readonly p: 2 | typeof Infinity;
  /** The strengths, rising; the usual ones of such images when left out. */
  readonly epsilons?: readonly number[];
  readonly budget: EvaluationBudget;
  /** How many test images, the first ones. */
  readonly images?: number;
  readonly seed: number;
  readonly engine: EngineOptions;
  readonly out: string;
  /** The models whose blocks are made and kept, without joining them; all, joined, when left out. */
  readonly part?: Part;
  /** How the models are submitted to Slurm, if they are. */
  readonly slurm?: SlurmOptions;
  /** Flags that ask for the same from any folder, without those of the part and of threads. */
  readonly flags: readonly string[];
  readonly json: boolean;
  /** The command as it was given. */
  readonly command: string;
}

/** The images of the budget `quick`. */
const quickImages = 1000;

/** What `evaluate --help` prints. */
export const help = helpLines(
  `Measures how far models resist attacks on a dataset's test images, and compares them: accuracy, robust accuracy against the
attacks' strength, how large the smallest perturbations are, by class too, with the hardest and the easiest images.

  deno task evaluate --model FILE[,FILE...] --dataset NAME --out DIR [flags]

Ctrl-C keeps the blocks of images that are done; the same command goes on from there.

  --model FILE,...    ONNX files, or weights of networks (safetensors, PyTorch's names)
  --network NAME      the network of all safetensors, ${networkNames.join(", ")};
                      found by the names of their parameters if left out
  ${renameHelp}
  --names NAME,...    what the models are called, one each; their files' names if left out, or what tells the paths apart
  --out DIR           where evaluate.html, evaluate.json, evaluate.csv, evaluate.arrow (one row per model and measure)
                      and evaluate_images.arrow (one row per model and image) go
  --dataset NAME      ${datasetHelp} (mnist)
  ${imageHelp}
  --norm P            inf or 2: the norm of perturbations (inf)
  --epsilons E,...    the strengths at which attacks with a bound are made: fractions of the full range, such as 8/255,
                      or pixels 0-255 from 1 on. If left out: for l-infinity 0.1, 0.2, 0.3 of the range for grey
                      images, 2/255, 8/255 for colour images up to 64 rows, 1/255, 4/255 for larger ones; for l2
                      0.5, 1, 1.5; 0.25, 0.5; and 0.5, 3 times the range
  --budget WHAT       quick: the first ${quickImages} images, DeepFool, FMN, PGD and APGD on the cross-entropy; standard:
                      all images, DeepFool, FMN, DDN (l2), FAB and AutoAttack (quick)
  --within WHAT       pixels: pixels 0-255 are attacked, and attacks stay between 0 and 255; none: preprocessed inputs
                      are, without bounds, with --epsilons in their units (pixels; none of float32 tensors)
  ${scaleHelp}
  --images N          the first N test images (${quickImages} for quick, all for standard; of imagenet:DIR 1000)
  --seed N            draws the random starts (0)
  --backend NAME      onnx, tensorflow, cpu (onnx)
  --device NAME       cpu, webgpu, cuda (cpu); with the backend onnx
  --workers N         threads (one per core); under mpirun, of each rank
  --job I/N           evaluate every N-th model from the I-th and keep what is found; the same command without --job
                      joins it
${slurmHelp}
  --json              print the summary as JSON
  --help              print this
`,
);

const flags = {
  values: [
    "model",
    "network",
    "rename",
    "names",
    "dataset",
    ...imageFlags,
    "out",
    "norm",
    "epsilons",
    "budget",
    "within",
    "scale",
    "images",
    "seed",
    "backend",
    "device",
    "workers",
    "job",
    ...slurmFlags.values,
  ],
  switches: ["json", "help", ...slurmFlags.switches],
  passedOn: slurmFlags.passedOn,
};

/** The flags that say what is run where; the others say what is evaluated. */
const running = ["workers", "out", "job", "json", ...slurmFlags.values, ...slurmFlags.switches];

/**
 * Reads the flags of `evaluate`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<EvaluateCommand | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  if (words.length > 0) throw usage("the arguments", "flags only", excerpt(words[0]!));
  const dataset = userDataset(values.dataset ?? "mnist");
  const within = await withinOf(values.within, dataset);
  const budget = one("budget", values.budget ?? "quick", ["quick", "standard"]);
  listOf("model", needed("model", values.model));
  const paths = pathsIn(values.model!);
  if (within === "none") needed("epsilons", values.epsilons);
  const out = userPath(needed("out", values.out));
  return {
    paths,
    ...(values.network ? { network: networkOf(values.network, paths) } : {}),
    ...(values.rename ? { rename: await renameWith(values.rename, paths) } : {}),
    ...(values.names ? { names: namesOf(values.names, paths) } : {}),
    dataset,
    ...imageFlagsOf(values, dataset),
    within,
    ...(values.scale ? { scale: scaleWithin(values.scale, within) } : {}),
    p: normOf(values.norm ?? "inf"),
    ...(values.epsilons ? { epsilons: epsilonsOf(values.epsilons, within) } : {}),
    budget,
    ...imagesOf(values.images, budget),
    seed: whole("seed", values.seed ?? "0", 0),
    engine: engineOf(values, ranks),
    out,
    ...(values.job ? { part: modelsOf(values.job, switches) } : {}),
    ...slurmOf(values, switches, ["job", "json"]),
    flags: [
      ...sameFlags(values, switches, { paths: [], pathLists: ["model"], without: running }),
      `--out=${out}`,
    ],
    json: switches.json ?? false,
    command: ["deno task evaluate", ...args.map(quoted)].join(" "),
  };
}

/** The models of --job, whose results are joined, and printed, later. */
function modelsOf(text: string, { json }: Readonly<Record<string, boolean>>): Part {
  if (json) throw usage("--job", "--job or --json", "both");
  const part = partOf(text);
  if (part) return part;
  throw usage("--job", "I/N with I from 1 to N", excerpt(text));
}

function usage(what: string, expected: string, came: string): UserError {
  return new UserError(`reading ${what}: expected ${expected}, got ${came}`, 2);
}

/** Values between commas, none of them empty. */
function listOf(flag: string, text: string): string[] {
  const parts = text.split(",");
  if (parts.includes("")) {
    throw usage(`--${flag}`, "values between single commas", excerpt(text));
  }
  return parts;
}

/** The network of safetensors, of which there have to be some. */
function networkOf(name: string, paths: readonly string[]): string {
  if (!paths.every(isOnnx)) return one("network", name, networkNames);
  throw usage("--network", "none, since ONNX files hold their networks", excerpt(name));
}

/** The map of names in safetensors, of which there have to be some. */
async function renameWith(text: string, paths: readonly string[]): Promise<NameMap> {
  if (!paths.every(isOnnx)) return await renameOf(text);
  throw usage("--rename", "none, since ONNX files hold their networks", excerpt(text));
}

function namesOf(text: string, paths: readonly string[]): string[] {
  const names = listOf("names", text);
  if (names.length !== paths.length) {
    throw usage("--names", `${paths.length}, one for each model`, `${names.length}`);
  }
  if (new Set(names).size < names.length) throw usage("--names", "each once", excerpt(text));
  return names;
}

/** inf, 2, and the same after an l. */
function normOf(text: string): EvaluateCommand["p"] {
  const plain = text.replace(/^l/i, "").toLowerCase();
  if (plain === "inf") return Infinity;
  if (plain === "2") return 2;
  throw usage("--norm", "inf or 2", excerpt(text));
}

/** Strengths above 0, each once, rising. */
function epsilonsOf(text: string, within: WithinFlag): number[] {
  const epsilons = listOf("epsilons", text).map((one) => epsilonOf(one, within, "epsilons"));
  if (epsilons.includes(0)) throw usage("--epsilons", "strengths above 0", excerpt(text));
  const repeated = epsilons.findIndex((epsilon, i) => epsilons.indexOf(epsilon) < i);
  if (repeated >= 0) {
    throw usage("--epsilons", "each once", `${listOf("epsilons", text)[repeated]} again`);
  }
  return epsilons.sort((a, b) => a - b);
}

function imagesOf(text: string | undefined, budget: EvaluationBudget) {
  if (text) return { images: whole("images", text, 1) };
  return budget === "quick" ? { images: quickImages } : {};
}
