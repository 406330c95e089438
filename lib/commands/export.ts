import { logitsOf } from "../compute/predict_functions.ts";
import { predict } from "../compute/predict.ts";
import { normal, random } from "../data/random.ts";
import { compile } from "../engine/compile.ts";
import { createEngine } from "../engine/engine.ts";
import { size } from "../engine/nd_array.ts";
import { createSession } from "../engine/session.ts";
import { UserError } from "../engine/user_error.ts";
import { writeWhole } from "../experiments/files.ts";
import { networkFor } from "../networks/by_name.ts";
import type { Network } from "../networks/network.ts";
import { prefixed } from "../networks/network_function.ts";
import {
  checkWeights,
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type Weights,
} from "../networks/weights.ts";
import { type ExportOptions, help, readOptions } from "./export_options.ts";
import { loadShown } from "./load_shown.ts";

/** How far the logits of the written model may be from the library's, relatively. */
const tolerance = 1e-5;

/** `export`: writes a model as ONNX or safetensors. Returns the exit code. */
export async function exportModel(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  const { dataset } = await loadShown({ ...options, bad: "skip" }, options.network);
  const network = networkFor(options.network, dataset);
  const { weights: file, metadata } = await readSafetensors(options.weightsFile);
  const weights = checkWeights(file, network.parameters, options.weightsFile);
  const bytes = options.format === "onnx"
    ? await onnxOf(network, weights, options)
    : encodeSafetensors(weights, metadata);
  if (options.format === "safetensors") {
    checkWeights(decodeSafetensors(bytes, options.file).weights, network.parameters, options.file);
  }
  await writeWhole(options.file, bytes);
  console.log(`written: ${options.file}, ${bytes.length} bytes`);
  return 0;
}

/** An ONNX model of the logits whose weights are inside, checked against the library on random images. */
async function onnxOf(
  network: Network,
  weights: Weights,
  { batch, file }: ExportOptions,
): Promise<Uint8Array> {
  const { fn } = logitsOf(network, { chunk: batch });
  const shape = [batch, ...network.inputShape];
  const model = compile(fn, { x: shape }, prefixed("weight", weights));
  const gauss = normal(random("export"));
  const x = Float32Array.from({ length: size(shape) }, () => 50 * gauss());
  const { logits } = await (await createSession(model, "cpu"))({ x });
  await using engine = await createEngine({ workers: 1 });
  const expected = (await predict(engine, { network, weights }, x)).logits;
  const error = relativeError(logits!, expected);
  if (error <= tolerance) return model.bytes;
  throw new UserError(
    `exporting to ${file}: expected the logits of the written model within ${tolerance} of the library's, got ${error}`,
  );
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(actual.map((value, i) => value - expected[i]!)) / square(expected));
}
