import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import { networkNames } from "../../networks/by_name.ts";
import type { NameMap } from "../../networks/tensor_names.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { datasetForms } from "../shared/dataset_help.ts";
import { needed, one, whole } from "../shared/flag_values.ts";
import { helpLines } from "../shared/help_lines.ts";
import { imageFlagsOf, imageSizeHelp } from "../shared/image_flags.ts";
import { holdsItsOwn, isOnnx, type ModelFile, modelFileOf } from "../shared/model_file.ts";
import { renameHelp, renameOf } from "../shared/rename_flag.ts";
import { userDataset, userPath } from "../shared/user_path.ts";

/** The options of `export`. */
export interface ExportOptions {
  readonly model: ModelFile;
  /** Weights that replace an ONNX file's own. */
  readonly weightsFile?: string;
  /** A map from the names in those to the file's. */
  readonly rename?: NameMap;
  /** The dataset whose images and classes the network fits. */
  readonly dataset: string;
  /** The side of photos in folders; the network's usual one when left out. */
  readonly imageSize?: number;
  readonly format: "onnx" | "safetensors";
  /** Images that the ONNX model takes at a time; any number if left out. */
  readonly batch?: number;
  readonly file: string;
}

/** The networks whose inputs torchvision's scale gives; the dataset's own scale gives those of the others. */
const torchvisions = networkNames.filter((name) => imageScaleOf(name) === "torchvision");

/** What `export --help` prints. */
export const help = helpLines(
  `Writes a model in another format. A network as ONNX is reloaded, and its logits are compared.

  deno task export --model FILE [--network NAME] --to onnx|safetensors FILE

  --model FILE        an ONNX file, or the weights of a network (safetensors, PyTorch's names)
  --weights FILE      the same as --model for safetensors; with an ONNX file, weights that replace its own
  --network NAME      the network of safetensors: ${networkNames.join(", ")}
  ${renameHelp}
  --to FORMAT FILE    onnx: an ONNX file with other weights and a free batch, or a network: input x, [batch, C, H, W],
                      preprocessed as data/README.md says (other commands' --scale dataset does that, and for
                      ${torchvisions.join(" and ")} --scale torchvision), output logits;
                      safetensors: float32, the file's names
  --dataset NAME      whose images and classes a network of safetensors fits: ${datasetForms} (mnist)
  ${imageSizeHelp}
  --batch N           the batch size of such a network's ONNX model (any)
  --help              print this
`,
);

const flags = {
  values: ["model", "weights", "network", "rename", "to", "dataset", "image-size", "batch"],
  switches: ["help"],
};

/**
 * Reads the flags of `export`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(args: readonly string[]): Promise<ExportOptions | undefined> {
  const { values, switches, words } = await parseCommand(args, flags);
  if (switches.help) return undefined;
  const [file, ...more] = words;
  if (!file || more.length > 0) {
    throw new UserError(
      `reading the arguments: expected one FILE to write, got ${
        excerpt(words.join(" ")) || "none"
      }`,
      2,
    );
  }
  const { model, weights, rename, ...others } = values;
  const beside = model !== undefined && isOnnx(model) && weights !== undefined;
  const format = one("to", needed("to", values.to), ["onnx", "safetensors"]);
  checkUse(values, format);
  return {
    model: await modelFileOf(beside ? { model, ...others } : values),
    ...(beside ? { weightsFile: userPath(weights) } : {}),
    ...(beside && rename ? { rename: await renameOf(rename) } : {}),
    ...imagesOf(values),
    format,
    ...(values.batch ? { batch: whole("batch", values.batch, 1) } : {}),
    file: userPath(file),
  };
}

/** Checks that no flag is given that does nothing: an ONNX file holds its network, and safetensors hold no batch. */
function checkUse(values: Readonly<Record<string, string>>, format: string): void {
  const file = values.model ?? values.weights ?? "";
  const given = ["dataset", "image-size", "batch"].find((flag) => values[flag]);
  if (isOnnx(file) && given) throw holdsItsOwn(given, file, values[given]!);
  if (!values.batch || format === "onnx") return;
  throw new UserError(`reading --batch: expected --to onnx with it, got --to ${format}`, 2);
}

function imagesOf(values: Readonly<Record<string, string>>) {
  const dataset = userDataset(values.dataset ?? "mnist");
  const { bad: _, ...size } = imageFlagsOf(values, dataset);
  return { dataset, ...size };
}
