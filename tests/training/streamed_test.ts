import assert from "node:assert/strict";
import type { ReadImages, StreamedSplit } from "../../lib/data/dataset.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { batchesOf } from "../../lib/training/batches.ts";
import { train } from "../../lib/training/train.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const split = smallSplit(70, "training");
const length = 36;
const defense = deepDefense({ lambda: 0.1, c: 5, d: 1 });
const options = { batch: 16, seed: 4, epochs: 2, learningRates: [1e-3, 5e-4] };

/** The split, read on demand; images that are bad are left out. */
function streamed(
  isBad: (index: number) => boolean = () => false,
  asked: (readonly (number | string)[] | undefined)[] = [],
): StreamedSplit {
  const read = (wanted: Uint32Array, key?: readonly (number | string)[]): Promise<ReadImages> => {
    asked.push(key);
    const indices = wanted.filter((index) => !isBad(index));
    const images = new Float32Array(indices.length * length);
    indices.forEach((index, i) =>
      images.set(split.images.subarray(index * length, (index + 1) * length), i * length)
    );
    return Promise.resolve({ images, indices });
  };
  return { labels: split.labels, count: split.count, read };
}

Deno.test("training on images that are read on demand gives the bits of training on them in memory", async () => {
  await using engine = await createEngine({ workers: 2 });
  const start = smallWeights(network, "streamed");
  const asked: (readonly (number | string)[] | undefined)[] = [];
  const [whole, read] = [split, streamed(undefined, asked)];
  const inMemory = await train(engine, network, whole, { ...options, defense, start });
  const onDemand = await train(engine, network, read, { ...options, defense, start });
  assert.deepEqual(onDemand, inMemory);
  assert.deepEqual(asked[6], [4, 1, 1], "the crops of a step are named by seed, epoch and step");
});

Deno.test("batches go on from a step, leave out images that cannot be read, and keep labels with images", async () => {
  const isBad = (index: number) => index % 3 === 0;
  const whole = await Array.fromAsync(batchesOf(split, { ...options, epoch: 1, from: 0 }));
  const rest = await Array.fromAsync(batchesOf(streamed(isBad), { ...options, epoch: 1, from: 2 }));
  assert.deepEqual(rest.map(({ step }) => step), [2, 3, 4]);
  for (const { step, images, labels, indices } of rest) {
    const wanted = whole[step]!.indices.filter((index) => !isBad(index));
    assert.deepEqual([...labels], [...wanted].map((index) => split.labels[index]));
    assert.deepEqual(indices, wanted);
    wanted.forEach((index, i) =>
      assert.deepEqual(
        images.slice(i * length, (i + 1) * length),
        split.images.slice(index * length, (index + 1) * length),
      )
    );
  }
});

Deno.test("a batch of which no image can be read ends the training in one line", async () => {
  await using engine = await createEngine({ workers: 1 });
  const start = smallWeights(network, "streamed");
  await assert.rejects(
    train(engine, network, streamed(() => true), { ...options, start }),
    (error) => error instanceof UserError && /none of 16 can be read/.test(error.message),
  );
});
