import type { Layer } from "../../../lib/layers/layer.ts";
import { loadOnnxruntime } from "../../../lib/engine/onnxruntime.ts";
import type { Model } from "../../../lib/networks/model.ts";
import { networkFunction, weightInputs } from "../../../lib/networks/network_function.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { createEngine, type Engine } from "../../../lib/engine/engine.ts";
import { assertClose } from "../../closeness.ts";
import { createEngines, numbers } from "../../engine/engines.ts";
import { checkLayer, samples } from "../../layers/check_layer.ts";
import { encodeTiny, type TinyModel, withTiny } from "./tiny_model.ts";

const ort = await loadOnnxruntime();

/** A model that was read, as a layer whose parameters begin as the file's. */
function asLayer({ network, weights }: Model): Layer {
  const parameters = Object.entries(network.parameters).map(([name, shape]) => {
    let next = 0;
    const { data } = weights[name]!;
    return [name, { shape, initial: () => data[next++ % data.length]! }] as const;
  });
  return {
    describe: () => ({
      outputShape: [network.classes],
      parameters: Object.fromEntries(parameters),
    }),
    forward: network.forward,
    reverse: network.reverse,
    linearize: network.linearize,
  };
}

/** The logits of some inputs. */
export async function logitsOf(
  engine: Engine,
  { network, weights }: Model,
  x: Float32Array,
): Promise<Float32Array> {
  const count = x.length / network.inputShape.reduce((product, extent) => product * extent, 1);
  const shape = [count, ...network.inputShape];
  const { fn, inputs } = networkFunction(
    network,
    { chunk: count },
    { x: shape },
    (weights, { x }) => ({
      logits: network.forward(weights, x!).output,
    }),
  );
  const arrays = Object.entries(weights).map(([name, { data }]) => [name, data] as const);
  const run = await engine.compile(fn, inputs);
  return (await run({ ...weightInputs(Object.fromEntries(arrays)), x })).logits!;
}

/** The logits of some inputs, and the gradients in them of the logits times seeds. */
export async function logitsAndGradient(
  { network, weights }: Model,
  x: Float32Array,
  seed: Float32Array,
) {
  await using engine = await createEngine({ workers: 1 });
  const count = seed.length / network.classes;
  const shapes = { x: [count, ...network.inputShape], seed: [count, network.classes] };
  const { fn, inputs } = networkFunction(network, { chunk: count }, shapes, (weights, inputs) => {
    const { output, trace } = network.forward(weights, inputs.x!);
    return { logits: output, gradient: network.reverse(weights, trace, inputs.seed!) };
  });
  const arrays = Object.entries(weights).map(([name, { data }]) => [name, data] as const);
  const run = await engine.compile(fn, inputs);
  const { logits, gradient } = await run({ ...weightInputs(Object.fromEntries(arrays)), x, seed });
  return { logits: logits!, gradient: gradient! };
}

/** What onnxruntime gives for a file and some inputs. */
export async function byOnnxruntime(
  bytes: Uint8Array,
  x: Float32Array,
  inputShape: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const count = x.length / inputShape.reduce((product, extent) => product * extent, 1);
  const [name = ""] = session.inputNames;
  const outputs = await session.run({
    [name]: new ort.Tensor("float32", x, [count, ...inputShape]),
  });
  const { data } = outputs[session.outputNames[0]!]!;
  await session.release();
  return Float32Array.from(data as Float32Array);
}

/**
 * Tests of one small model: logits as onnxruntime has them for the same file; reverse, linearize and its derivative as for
 * every layer.
 */
export async function checkOp(name: string, model: TinyModel): Promise<void> {
  const read = await withTiny(model, (path) => readOnnx(path));
  Deno.test(`${name}: the logits are onnxruntime's`, async () => {
    await using engines = await createEngines();
    const x = numbers([samples, ...model.inputShape], name);
    const expected = await byOnnxruntime(encodeTiny(model), x, model.inputShape);
    for (const engine of [engines.tested, engines.cpu]) {
      assertClose(await logitsOf(engine, read, x), expected);
    }
  });
  checkLayer(name, { layer: asLayer(read), inputShape: model.inputShape });
}
