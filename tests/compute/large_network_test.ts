import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { chunkSizes, isLarge } from "../../lib/compute/chunk_size.ts";
import { predict } from "../../lib/compute/predict.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { normal, random } from "../../lib/engine/random.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { conv2d } from "../../lib/layers/conv2d.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import { assertClose } from "../closeness.ts";
import { difference, relativeError, step } from "../defenses/step.ts";
import { smallWeights } from "../small_problem.ts";
import { tapedRegularizer } from "../taped_regularizer.ts";

const side = 145;
const length = side * side;
const batch = 5;
const network = defineNetwork({
  name: "large",
  inputShape: [1, side, side],
  layers: serial({
    conv: conv2d(2, 9, { stride: 8, deviation: 0.1 }),
    relu: relu(),
    flatten: flatten(),
    fc: dense(4, { deviation: 0.1 }),
  }),
});
const weights = smallWeights(network, "large");
const gauss = normal(random("large images"));
const images = Float32Array.from({ length: batch * length }, gauss);

/** Labels that the network says of all images but two. */
async function labelled() {
  await using engine = await createEngine({ workers: 1 });
  const { labels } = await predict(engine, { network, weights }, images);
  return { images, labels: labels.map((label, i) => i < 3 ? label : (label + 1) % 4) };
}

Deno.test("an input of more than 20,000 numbers is computed with one or two at a time", () => {
  assert.ok(isLarge(network));
  const backends = ["onnx", "tensorflow", "cpu"] as const;
  for (const backend of backends) {
    assert.deepEqual(chunkSizes(network, { backend }).attack, [2, 1]);
  }
});

Deno.test("large inputs: the way back of a Deep Defense step gives what taping everything gives", async () => {
  await using engine = await createEngine({ workers: 2 });
  const split = await labelled();
  const options = { c: 8, d: 1, iterations: 3 };
  const cheap = await step(engine, network, deepDefense(options), split, weights);
  const plain = await step(engine, network, clean(), split, weights);
  const { fn, inputs } = tapedRegularizer(network, { chunk: batch, ...options });
  const target = new Float32Array(batch * 4);
  split.labels.forEach((label, i) => target[i * 4 + label] = 1);
  const taped = await (await engine.compile(fn, inputs))({
    ...weightInputs(arraysOf(weights)),
    x: images,
    target,
    share: new Float32Array(batch).fill(15 / batch),
  });
  const [value, twin] = [cheap.regularizer, taped.regularizer![0]!];
  assert.ok(Math.abs(value - twin) < 1e-4 * twin, `${value} is not ${twin}`);
  const names = Object.keys(network.parameters);
  const expected = Object.fromEntries(names.map((name) => [name, taped[`gradient:${name}`]!]));
  const error = relativeError(difference(cheap.gradients, plain.gradients), expected);
  assert.ok(error < 1e-4, `relative error ${error}`);
});

Deno.test("large inputs: DeepFool on images together is DeepFool on each alone", async () => {
  await using engine = await createEngine({ workers: 2 });
  const model = { network, weights };
  const together = await deepfool(engine, model, images);
  for (let i = 0; i < batch; i++) {
    const alone = await deepfool(engine, model, images.subarray(i * length, (i + 1) * length));
    assert.equal(alone.fooledAs[0], together.fooledAs[i]);
    assertClose(alone.norms, together.norms.slice(i, i + 1), { relative: 1e-5 });
  }
});
