import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { methodNames, methodOf } from "../../lib/experiments/methods.ts";
import type { MethodSettings } from "../../lib/jobs/method.ts";
import { smallMlp, smallWeights } from "../small_problem.ts";
import { smallDataset } from "../jobs/small_experiment.ts";

const network = smallMlp();
const weights = smallWeights(network, "methods");
const mean = (numbers: Float32Array | number[]) =>
  [...numbers].reduce((sum, value) => sum + value, 0) / numbers.length;

Deno.test("c is matched to p = inf so that the penalty's argument begins with the same mean", async () => {
  await using engine = await createEngine({ workers: 1 });
  const start = { engine, model: { network, weights }, dataset: smallDataset };
  const settings = { ...methodOf("deep_defense").settings("lenet"), p: "inf", c: "matched" };
  const { settings: { c, p } } = await methodOf("deep_defense").defense(settings, start);
  assert.equal(p, "Infinity");
  const argument = async (p: number, c: number) => {
    const { images } = smallDataset.train;
    const { ratios } = await deepfool(engine, { network, weights }, images, { p, iterations: 5 });
    return c * mean(ratios);
  };
  const [before, after] = [await argument(2, 25), await argument(Infinity, Number(c))];
  assert.ok(Math.abs(after - before) < 1e-6 * before);
});

Deno.test("lambda is matched to a linear R so that it pushes as hard at the start", async () => {
  await using engine = await createEngine({ workers: 1 });
  const start = { engine, model: { network, weights }, dataset: smallDataset };
  const settings = { lambda: "matched", c: 25, d: 5, shape: "linear" };
  const { settings: { lambda } } = await methodOf("deep_defense").defense(settings, start);
  const { images } = smallDataset.train;
  const { ratios } = await deepfool(engine, { network, weights }, images, { iterations: 5 });
  const slopes = mean(Array.from(ratios, (t) => 15 * 25 * Math.exp(-25 * t)));
  assert.ok(Math.abs(Number(lambda) * 25 - slopes) < 1e-6 * slopes);
});

Deno.test("Adv. Train I's examples are DeepFool's of the network that it starts from, scaled", async () => {
  await using engine = await createEngine({ workers: 1 });
  const { train } = smallDataset;
  const start = { engine, model: { network, weights }, dataset: smallDataset };
  const defense = await methodOf("adv_train_1").defense({ scale: 2 }, start);
  const { perturbations } = await deepfool(engine, { network, weights }, train.images);
  assert.deepEqual(defense.examples, train.images.map((x, i) => x + 2 * perturbations[i]!));
  assert.deepEqual(defense.settings, { scale: 2 });
});

const attacking: [id: string, settings: MethodSettings, images: number][] = [
  ["adv_train_1", { scale: 1 }, smallDataset.train.count],
  ["deep_defense", { lambda: 15, c: "scaled", d: 5 }, smallDataset.train.count],
];

for (const [id, settings, images] of attacking) {
  Deno.test(`${id} shows how far its attack on training images is, and stops it when the signal aborts`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const start = { engine, model: { network, weights }, dataset: smallDataset };
    const seen: number[][] = [];
    await methodOf(id).defense(settings, {
      ...start,
      onProgress: (done, total) => void seen.push([done, total]),
    });
    assert.deepEqual(seen.at(-1), [images, images]);
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(methodOf(id).defense(settings, { ...start, signal }), /^Error: stopped$/);
  });
}

for (const name of methodNames.filter((id) => id !== "reference")) {
  Deno.test(`${name} records what it was made with`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const start = { engine, model: { network, weights }, dataset: smallDataset };
    const own = methodOf(name).settings("mlp");
    const defense = await methodOf(name).defense(own, start);
    for (const [key, value] of Object.entries(own)) {
      assert.equal(defense.settings[key], value, key);
    }
  });
}
