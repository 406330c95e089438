import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { predict } from "../../lib/compute/predict.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import { unitScale } from "../../lib/data/scale.ts";
import { inPixels } from "../../lib/networks/in_pixels.ts";
import { readOnnx } from "../../lib/networks/onnx/read_onnx.ts";
import { readWeights } from "../../lib/networks/safetensors.ts";

const folder = fileURLToPath(new URL("./from_pytorch/", import.meta.url));
const expected = JSON.parse(await Deno.readTextFile(`${folder}expected.json`));
const data = await loadDataset(`tensors:${folder}images.safetensors`, { pixels: true });

for (const [when, of] of [["as it came", "make"], ["hardened", "read"]] as const) {
  Deno.test(`PyTorch's network, ${when}: its accuracy to the last digit, and its logits`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const { network, weights: own } = await readOnnx(`${folder}net.onnx`);
    const weights = of === "make"
      ? own
      : await readWeights(`${folder}hardened.safetensors`, network);
    const model = inPixels({ network, weights }, unitScale);
    assert.equal(await accuracy(engine, model, data.test), expected[of].accuracy);
    const { logits } = await predict(engine, model, data.test.images.subarray(0, 2 * 64));
    expected[of].logits.flat().forEach((logit: number, i: number) =>
      assert.ok(Math.abs(logits[i]! - logit) < 1e-4, `${logits[i]} ${logit}`)
    );
  });
}

Deno.test("tensors of the hardened network have the names and shapes of PyTorch's state dict", async () => {
  const { network } = await readOnnx(`${folder}net.onnx`);
  const weights = await readWeights(`${folder}hardened.safetensors`, network);
  const shapes = Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]);
  assert.deepEqual(Object.fromEntries(shapes), expected.make.shapes);
});
