import { predict } from "../../compute/predict.ts";
import { logitsOf } from "../../compute/predict_functions.ts";
import { compile } from "../../engine/compile.ts";
import { createEngine } from "../../engine/engine.ts";
import { size } from "../../engine/nd_array.ts";
import { normal, random } from "../../engine/random.ts";
import { createSession } from "../../engine/session.ts";
import { UserError } from "../../engine/user_error.ts";
import { writeWhole } from "../../files/files.ts";
import { networkFor } from "../../networks/by_name.ts";
import type { Model } from "../../networks/model.ts";
import { prefixed } from "../../networks/network_function.ts";
import { freeTraced, tracedBatch } from "../../networks/onnx/free_traced.ts";
import { readOnnx } from "../../networks/onnx/read_onnx.ts";
import { writeOnnx } from "../../networks/onnx/write_onnx.ts";
import { fitWeights } from "../../networks/fit_weights.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readWeights,
  storedWeights,
} from "../../networks/safetensors.ts";
import { type Network, trainedNames } from "../../networks/network.ts";
import { isPart } from "../../networks/tensor_names.ts";
import { checkWeights } from "../../networks/check_weights.ts";
import type { Weights } from "../../networks/weights.ts";
import { loadShown } from "../shared/load_shown.ts";
import { notesOf } from "../shared/model_file.ts";
import { type ExportOptions, help, readOptions } from "./options.ts";

/** How far the logits of the written model may be from the library's, relatively. */
const tolerance = 1e-5;

/** `export`: writes a model as ONNX or safetensors. Returns the exit code. */
export async function exportModel(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  const bytes = options.model.network ? await networkBytes(options) : await onnxBytes(options);
  await writeWhole(options.file, bytes);
  console.log(`written: ${options.file}, ${bytes.length} bytes`);
  return 0;
}

/** A network's weights in another format. */
async function networkBytes(options: ExportOptions): Promise<Uint8Array> {
  const { model: { path, network: name = "", rename = {} }, format, file } = options;
  const { dataset } = await loadShown({ ...options, bad: "skip" }, name);
  const network = networkFor(name, dataset);
  const { tensors, metadata } = await storedWeights(path);
  const fit = { rename, onNote: notesOf(path) };
  const weights = fitWeights(tensors, network.parameters, path, fit);
  if (format === "onnx") return await onnxOf({ network, weights }, options);
  const bytes = encodeSafetensors(weights, metadata);
  checkWeights(decodeSafetensors(bytes, file).weights, network.parameters, file);
  return bytes;
}

/** An ONNX file, patched with other weights if there are any; or only its weights. */
async function onnxBytes(
  { model: { path }, weightsFile, rename = {}, format }: ExportOptions,
): Promise<Uint8Array> {
  const { network, weights: own, original } = await readOnnx(path, { onNote: notesOf(path) });
  const constants = constantsOf(network, own);
  const weights = weightsFile
    ? await readWeights(weightsFile, network, { rename, constants, onNote: notesOf(weightsFile) })
    : own;
  return format === "onnx" ? writeOnnx(original, weights) : encodeSafetensors(weights, {});
}

/** What an ONNX file has as numbers in its nodes, and PyTorch's state dicts have not. */
function constantsOf(network: Network, weights: Weights): Weights {
  const trained = new Set(trainedNames(network));
  return Object.fromEntries(
    Object.entries(weights).filter(([name]) => !trained.has(name) && !isPart(name)),
  );
}

/** An ONNX model of the logits whose weights are inside, checked against the library on random images. */
async function onnxOf(
  model: Model,
  { batch, file }: ExportOptions,
): Promise<Uint8Array> {
  const { network, weights } = model;
  const { fn } = logitsOf(network, { chunk: batch ?? tracedBatch });
  const x = [batch ?? tracedBatch, ...network.inputShape];
  const traced = compile(fn, { x }, prefixed("weight", weights));
  const bytes = batch ? traced.bytes : freeTraced(traced.bytes);
  await using engine = await createEngine({ workers: 1 });
  const gauss = normal(random("export"));
  for (const count of batch ? [batch] : [1, 3]) {
    const shape = [count, ...network.inputShape];
    const images = Float32Array.from({ length: size(shape) }, () => 50 * gauss());
    const outputs = { logits: [count, network.classes] };
    const run = await createSession({ bytes, inputs: { x: shape }, outputs }, "cpu");
    const { logits } = await run({ x: images });
    const error = relativeError(logits!, (await predict(engine, model, images)).logits);
    if (error <= tolerance) continue;
    throw new UserError(
      `exporting to ${file}: expected the logits of the written model within ${tolerance} of the library's, got ${error}`,
    );
  }
  return bytes;
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(actual.map((value, i) => value - expected[i]!)) / square(expected));
}
