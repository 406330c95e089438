import assert from "node:assert/strict";
import { predict } from "../../lib/compute/predict.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import { fgsAccuracies } from "../../lib/metrics/epsilon_ref.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import {
  deepfoolTransfer,
  signTransfer,
  transferMatrix,
  transferred,
} from "../../lib/metrics/transfer.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const models = [smallMlp(), smallConvolutional(), smallMlp()].map((network, i) => ({
  network,
  weights: smallWeights(network, `transfer ${i}`),
}));
const split = smallSplit(40, "transfer");

Deno.test("examples that are not perturbed transfer with every model's own accuracy", async () => {
  const engine = await sharedEngine(1);
  const zeros = () => Promise.resolve(new Float32Array(split.images.length));
  const own = [];
  for (const { network, weights } of models) {
    own.push(await accuracy(engine, { network, weights }, split));
  }
  assert.deepEqual(await transferMatrix(engine, models, split, zeros), [own, own, own]);
});

Deno.test("rows are the models that examples are made on, columns those that see them", async () => {
  const engine = await sharedEngine(1);
  const shift = Float32Array.from(split.images, (_, i) => Math.sin(i));
  const onFirst = ({ network }: { network: unknown }) =>
    Promise.resolve(network === models[0]!.network ? shift : new Float32Array(shift.length));
  const matrix = await transferMatrix(engine, models, split, onFirst);
  const shifted = { ...split, images: split.images.map((x, i) => x + shift[i]!) };
  for (const [j, { network, weights }] of models.entries()) {
    assert.equal(matrix[0]![j], await accuracy(engine, { network, weights }, shifted));
    assert.equal(matrix[1]![j], await accuracy(engine, { network, weights }, split));
  }
});

Deno.test("transfer of the fast gradient sign: the diagonal is the accuracy under attack", async () => {
  const engine = await sharedEngine(2);
  const matrix = await signTransfer(engine, models, split, 0.2);
  for (const [i, { network, weights }] of models.entries()) {
    const [under] = await fgsAccuracies(engine, { network, weights }, split, [0.2]);
    assert.equal(matrix[i]![i], under);
  }
});

Deno.test("transfer of DeepFool: it fools the model that it is made on, others less", async () => {
  const engine = await sharedEngine(2);
  const { network, weights } = models[0]!;
  const { labels } = await predict(engine, { network, weights }, split.images);
  const seen = [models[0]!, { network, weights: smallWeights(network, "transfer") }];
  const [first] = await deepfoolTransfer(engine, seen, { ...split, labels });
  assert.equal(first![0], 0);
  assert.ok(first![1]! > 0);
});

Deno.test("an attack by transfer keeps its perturbations; what they do is what the other model says, whatever the goal", async () => {
  const engine = await sharedEngine(2);
  const [source, model] = [models[0]!, models[1]!];
  const { images, labels, count } = split;
  const targets = labels.map((label) => (label + 1) % 4);
  const { labels: before } = await predict(engine, model, images);
  for (const goal of [{}, { labels }, { targets }]) {
    const made = await deepfool(engine, source, images, goal);
    const result = await transferred(engine, model, images, made, goal);
    const examples = images.map((x, i) => x + made.perturbations[i]!);
    const { labels: after } = await predict(engine, model, examples);
    const { predicted: _, fooledAs: __, fooled: ___, ...kept } = made;
    const reaches = (i: number) =>
      "targets" in goal
        ? after[i] === targets[i]
        : after[i] !== ("labels" in goal ? labels : before)[i];
    const fooled = Uint16Array.from({ length: count }, (_, i) => Number(reaches(i)));
    assert.deepEqual(result, { ...kept, predicted: before, fooledAs: after, fooled });
    assert.ok(fooled.some(Boolean) && !fooled.every(Boolean));
    assert.deepEqual(await transferred(engine, source, images, made, goal), made);
  }
});

Deno.test("an attack on other images does not transfer", async () => {
  const engine = await sharedEngine(1);
  const made = await deepfool(engine, models[0]!, split.images.subarray(0, 36));
  await assert.rejects(
    transferred(engine, models[1]!, split.images, made),
    /perturbations of 1440 numbers, got 36$/,
  );
});
