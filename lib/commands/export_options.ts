import { parseCommand } from "../cli_args.ts";
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import { networkNames } from "../networks/by_name.ts";
import { needed, one, whole } from "./flag_values.ts";
import { userDataset, userPath } from "./user_path.ts";

/** What `export` was asked for. */
export interface ExportOptions {
  readonly weightsFile: string;
  readonly network: string;
  /** The dataset whose images and classes the network fits. */
  readonly dataset: string;
  readonly format: "onnx" | "safetensors";
  /** Rows of the ONNX model's input. */
  readonly batch: number;
  readonly file: string;
}

/** What `export --help` prints. */
export const help = `Writes a model in another form, reloads it and compares what it says.

  deno task export --weights FILE --network NAME --to onnx|safetensors FILE

  --weights FILE      the model (safetensors, PyTorch's names)
  --network NAME      ${networkNames.join(", ")}
  --to FORMAT FILE    onnx: input x, [batch, C, H, W], preprocessed as the README's "Data" says,
                      output logits; safetensors: float32, PyTorch's names
  --dataset NAME      whose images and classes it fits: mnist, cifar10, cifar10:DIR, idx:DIR
                      or imagenet:DIR (mnist)
  --batch N           images that the ONNX model takes at a time (1)
  --help              print this
`;

const flags = { values: ["weights", "network", "to", "dataset", "batch"], switches: ["help"] };

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
  return {
    weightsFile: userPath(needed("weights", values.weights)),
    network: one("network", needed("network", values.network), networkNames),
    dataset: userDataset(values.dataset ?? "mnist"),
    format: one("to", needed("to", values.to), ["onnx", "safetensors"]),
    batch: whole("batch", values.batch ?? "1", 1),
    file: userPath(file),
  };
}
