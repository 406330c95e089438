import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { apgd } from "../../lib/attacks/apgd/apgd.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import type { Attacked } from "../../lib/attacks/attacked.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { networkFor } from "../../lib/networks/by_name.ts";
import { inPixels } from "../../lib/networks/in_pixels.ts";
import { readWeights } from "../../lib/networks/safetensors.ts";

/** Models of Table 1, reference and Deep Defense, by the folder of their run. */
const models = [
  ["mlp", "a5a9a7eb5e1df13d"],
  ["mlp", "d59a113386466d24"],
  ["lenet", "014e259a5829d682"],
  ["lenet", "88770ae8aa86d75d"],
] as const;

Deno.test("APGD-CE fools no fewer of MNIST's images than PGD in as many steps, on committed models, in pixels", async (t) => {
  await using engine = await createEngine({ workers: 2 });
  const mnist = firstImages(await loadDataset("mnist", { pixels: true }), { train: 1, test: 32 });
  const scale = await mnist.scale!();
  for (const [name, run] of models) {
    const network = networkFor(name, mnist);
    const path = new URL(`../../outputs/paper/runs/${run}/model.safetensors`, import.meta.url);
    const weights = await readWeights(fileURLToPath(path), network);
    const model = inPixels({ network, weights }, scale);
    for (const [p, epsilon] of [[Infinity, 20], [2, 300]] as const) {
      await t.step(`${name} ${run}, p = ${p}`, async () => {
        const { images, labels } = mnist.test;
        const options = { labels, epsilon, p, steps: 30, within: { low: 0, high: 255 } };
        const fooled = ({ fooled }: Attacked) => fooled.reduce((sum, one) => sum + one, 0);
        const [auto, plain] = [
          fooled(await apgd(engine, model, images, options)),
          fooled(await pgd(engine, model, images, options)),
        ];
        assert.ok(auto >= plain && auto > 0, `${auto} where PGD fools ${plain}`);
      });
    }
  }
});
