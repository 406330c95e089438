import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { logitsOf } from "../../../lib/compute/predict_functions.ts";
import { compile } from "../../../lib/engine/compile.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { averagePool } from "../../../lib/layers/average_pool.ts";
import { prelu } from "../../../lib/layers/activations/prelu.ts";
import { conv2d } from "../../../lib/layers/conv2d.ts";
import { dense } from "../../../lib/layers/dense.ts";
import { dropout } from "../../../lib/layers/dropout.ts";
import { flatten } from "../../../lib/layers/flatten.ts";
import { localResponseNorm } from "../../../lib/layers/local_response_norm.ts";
import { maxPool } from "../../../lib/layers/max_pool.ts";
import { relu } from "../../../lib/layers/activations/relu.ts";
import { residual } from "../../../lib/layers/residual.ts";
import { serial } from "../../../lib/layers/serial.ts";
import { convnet } from "../../../lib/networks/convnet.ts";
import { lenet } from "../../../lib/networks/lenet.ts";
import { mlp } from "../../../lib/networks/mlp.ts";
import { mlpBn } from "../../../lib/networks/mlp_bn.ts";
import { defineNetwork } from "../../../lib/networks/network.ts";
import { nin } from "../../../lib/networks/nin.ts";
import { predict } from "../../../lib/compute/predict.ts";
import { prefixed } from "../../../lib/networks/network_function.ts";
import { freeTraced, tracedBatch } from "../../../lib/networks/onnx/free_traced.ts";
import { assertClose } from "../../closeness.ts";
import { numbers } from "../../engine/engines.ts";
import { byOnnxruntime } from "./check_op.ts";

const deviation = 0.5;

/** AlexNet's layers, without its 60 million numbers, and a residual one. */
const alexnetsLayers = defineNetwork({
  name: "AlexNet's layers",
  inputShape: [3, 9, 9],
  layers: serial({
    conv1: conv2d(4, 3, { stride: 2, deviation }),
    prelu: prelu(),
    norm: localResponseNorm(),
    pool: maxPool(3, { stride: 2 }),
    conv2: conv2d(4, 1, { groups: 2, deviation }),
    average: averagePool(2, { stride: 1, pad: 1 }),
    block: residual(conv2d(4, 3, { pad: 1, deviation }), { activation: relu() }),
    flatten: flatten(),
    drop: dropout(0.5),
    fc: dense(5, { deviation }),
  }),
});

const networks = [
  alexnetsLayers,
  mlp([1, 28, 28], 5),
  mlpBn([1, 28, 28], 5),
  lenet([1, 28, 28], 5),
  convnet([3, 32, 32], 5),
  nin([3, 32, 32], 5),
];

for (const network of networks) {
  const { name, inputShape } = network;
  Deno.test(`a traced network with a free batch takes any number of images: ${name}`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const weights = network.init("free");
    const { fn } = logitsOf(network, { chunk: tracedBatch });
    const x = [tracedBatch, ...inputShape];
    const bytes = freeTraced(compile(fn, { x }, prefixed("weight", weights)).bytes);
    for (const count of [1, 2]) {
      const images = numbers([count, ...inputShape], name).map((value) => 50 * value);
      const { logits } = await predict(engine, { network, weights }, images);
      assertClose(await byOnnxruntime(bytes, images, inputShape), logits);
    }
  });
}

Deno.test("a batch that stands elsewhere than in shapes is refused", () => {
  const { bytes } = compile(({ x }) => ({ y: tf.mul(x!, tf.ones([tracedBatch, 1])) }), {
    x: [tracedBatch, 2],
  });
  freeTraced(bytes); // Ones change nothing.
  const tiled = compile(({ x }) => ({ y: tf.tile(x!, [tracedBatch, 1]) }), { x: [1, 2] });
  assert.throws(
    () => freeTraced(tiled.bytes),
    /in shapes and ends of slices alone, got \[7919,1\]/,
  );
});
