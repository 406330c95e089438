import assert from "node:assert/strict";
import { advTrain1 } from "../../lib/defenses/adv_train_1.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense, ShardOfStep } from "../../lib/defenses/defense.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { type Batch, batchesOf } from "../../lib/training/batches.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { sgd } from "../../lib/training/sgd.ts";
import { DivergedError, type StepRow, train, type TrainOptions } from "../../lib/training/train.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const split = smallSplit(70, "training");
const start = smallWeights(network, "training");
const options: TrainOptions = {
  start,
  epochs: 3,
  learningRates: [1e-3, 1e-3, 5e-4],
  batch: 16,
  seed: 4,
};

function bits(weights: Weights): Record<string, number[]> {
  return Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, [...data]]));
}

for (
  const [title, defense, lambda] of [
    ["clean", clean(), 0],
    ["deep_defense", deepDefense({ lambda: 0.1, c: 5, d: 1 }), 0.1],
  ] as [string, Defense, number][]
) {
  Deno.test(`training with ${title}: resuming from any checkpoint gives the same bits`, async () => {
    const engine = await sharedEngine(2);
    const checkpoints: Checkpoint[] = [];
    const whole = await train(engine, network, split, {
      ...options,
      defense,
      onStep: (_, checkpoint) => void checkpoints.push(checkpoint()),
      onEpoch: (_, checkpoint) => void checkpoints.push(checkpoint),
    });
    assert.equal(checkpoints.length, 3 * 5 + 3);
    for (const at of [0, 4, 5, 8, 16, 17]) {
      const resumed = await train(engine, network, split, {
        ...options,
        defense,
        start: checkpoints[at]!,
      });
      assert.deepEqual(bits(resumed), bits(whole), `checkpoint ${at}`);
    }
  });

  Deno.test(`training with ${title}: the objective falls`, async () => {
    const engine = await sharedEngine(2);
    const rows: StepRow[] = [];
    await train(engine, network, split, {
      ...options,
      epochs: 12,
      learningRates: new Array(12).fill(2e-3),
      defense,
      onStep: (row) => void rows.push(row),
    });
    const mean = (part: StepRow[]) =>
      part.reduce((sum, { loss, regularizer }) => sum + loss + regularizer, 0) / part.length;
    assert.ok(mean(rows.slice(-10)) < 0.9 * mean(rows.slice(0, 10)));
    assert.ok(rows.every(({ regularizer }) => lambda > 0 ? regularizer > 0 : regularizer === 0));
  });
}

Deno.test("a parameter's rate is multiplied with its own number: those with 0 stay", async () => {
  const engine = await sharedEngine(1);
  const one = { ...options, epochs: 1, learningRates: [1e-3] };
  const rateMultipliers = { "fc1.weight": 0, "fc3.bias": 2 };
  const steps: Weights[] = [];
  for (const change of [{}, { optimizer: sgd({ rateMultipliers }) }]) {
    const stop = new AbortController();
    const onStep = (_: StepRow, checkpoint: () => Checkpoint) => {
      steps.push(checkpoint().weights);
      stop.abort(new Error("one step"));
    };
    const run = train(engine, network, split, { ...one, ...change, onStep, signal: stop.signal });
    await assert.rejects(run, /one step/);
  }
  const [usual, other] = steps as [Weights, Weights];
  const change = (weights: Weights, name: string) =>
    weights[name]!.data.map((value, i) => value - start[name]!.data[i]!);
  assert.ok(change(usual, "fc1.weight").some((value) => value !== 0));
  assert.ok(change(other, "fc1.weight").every((value) => value === 0));
  change(other, "fc3.bias").forEach((value, i) => {
    assert.ok(Math.abs(value - 2 * change(usual, "fc3.bias")[i]!) < 1e-6);
  });
  assert.deepEqual(other["fc2.weight"], usual["fc2.weight"]);
});

Deno.test("training wants multipliers of the network's own parameters", async () => {
  const engine = await sharedEngine(1);
  await assert.rejects(
    train(engine, network, split, {
      ...options,
      optimizer: sgd({ rateMultipliers: { "fc9.bias": 2 } }),
    }),
    (error) =>
      error instanceof UserError && /fc1\.weight, .*\), got fc9\.bias$/.test(error.message),
  );
});

Deno.test("training reports the steps that are done, those of an earlier run among them", async () => {
  const engine = await sharedEngine(1);
  const reports: number[][] = [];
  const checkpoints: Checkpoint[] = [];
  const reported: TrainOptions = {
    ...options,
    onProgress: (done, total) => void reports.push([done, total]),
    onStep: (_, checkpoint) => void checkpoints.push(checkpoint()),
  };
  await train(engine, network, split, reported);
  const all = Array.from({ length: 15 }, (_, i) => [i + 1, 15]);
  assert.deepEqual(reports.splice(0), all);
  await train(engine, network, split, { ...reported, start: checkpoints[6]! });
  assert.deepEqual(reports, all.slice(7));
});

Deno.test("training leaves the weights it starts from alone", async () => {
  const engine = await sharedEngine(1);
  const before = bits(start);
  await train(engine, network, split, { ...options, epochs: 1, learningRates: [0.1] });
  assert.deepEqual(bits(start), before);
});

Deno.test("training covers every sample once an epoch, in an order of its own", async () => {
  const engine = await sharedEngine(2);
  const seen: number[][] = [];
  const spy = spying(({ images }, count) => seen.push(placesOf(images, count)));
  await train(engine, network, split, {
    ...options,
    epochs: 2,
    learningRates: [0.01, 0.01],
    defense: spy,
  });
  const epochs = [seen.slice(0, 5).flat(), seen.slice(5).flat()];
  for (const order of epochs) {
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      Array.from({ length: 70 }, (_, i) => i),
    );
  }
  assert.notDeepEqual(epochs[0], epochs[1]);
});

Deno.test("batches are copied into the same memory: it does not grow with the steps", async () => {
  const engine = await sharedEngine(1);
  const seen = new Set<ArrayBufferLike>();
  const spy = spying(({ images, labels }) => seen.add(images.buffer).add(labels.buffer));
  await train(engine, network, split, { ...options, defense: spy });
  assert.equal(seen.size, 2 * options.epochs);
  assert.equal(Math.max(...[...seen].map(({ byteLength }) => byteLength)), 16 * 36 * 4);
});

Deno.test("a checkpoint's counters, weights and momentum must be the training's own", async () => {
  const engine = await sharedEngine(1);
  const checkpoints: Checkpoint[] = [];
  await train(engine, network, split, {
    ...options,
    onEpoch: (_, checkpoint) => void checkpoints.push(checkpoint),
  });
  const { weights, velocity, ...counters } = checkpoints[1]!;
  assert.deepEqual(counters, { epoch: 2, step: 0 });
  const { "fc1.bias": bias, ...others } = velocity;
  const changes: readonly (readonly [Partial<Checkpoint>, RegExp])[] = [
    [{ epoch: NaN }, /expected an epoch from 0 to 3, got NaN$/],
    [{ epoch: -1 }, /expected an epoch from 0 to 3, got -1$/],
    [{ epoch: 4 }, /expected an epoch from 0 to 3, got 4$/],
    [{ step: 6 }, /expected a step of epoch 2 from 0 to 5, got 6$/],
    [{ step: 1.5 }, /expected a step of epoch 2 from 0 to 5, got 1.5$/],
    [{ epoch: 3, step: 1 }, /expected a step of epoch 3 from 0 to 0, got 1$/],
    [{ weights: {} }, /expected a tensor fc1.weight/],
    [{ velocity: others }, /momentum .*: expected a tensor fc1.bias/],
    [{ velocity: { ...others, "fc1.bios": bias! } }, /momentum .*: expected a tensor fc1.bias/],
    [
      { velocity: { ...velocity, extra: bias! } },
      /momentum .*: expected only .*, got a tensor extra/,
    ],
  ];
  for (const [change, message] of changes) {
    const start = { ...counters, weights, velocity, ...change };
    await assert.rejects(
      train(engine, network, split, { ...options, start }),
      (error) => error instanceof UserError && message.test(error.message),
      `${message}`,
    );
  }
});

/** Clean training that shows the batches that the workers are given. */
function spying(seen: (batch: ShardOfStep, count: number) => void): Defense {
  return {
    ...clean(),
    load: async (...args) => {
      const run = await clean().load(...args);
      return (parts) => (seen(parts[0]!, parts.at(-1)!.to), run(parts));
    },
  };
}

/** The places in the split of a batch's images, -1 for others. */
function placesOf(images: Float32Array, count: number): number[] {
  const firsts = Array.from({ length: split.count }, (_, i) => split.images[i * 36]!);
  return Array.from({ length: count }, (_, i) => firsts.indexOf(images[i * 36]!));
}

Deno.test("flips take whole batches, half of them, the same for a seed; none unless asked for", async () => {
  const engine = await sharedEngine(2);
  const flipsOf = async (change: Partial<TrainOptions>) => {
    const flips: boolean[] = [];
    const defense = spying(({ images }, count) => {
      const places = placesOf(images, count);
      const mirrored = placesOf(images.map((_, i) => images[i - i % 6 + 5 - i % 6]!), count);
      assert.ok([places, mirrored].some((found) => found.every((place) => place >= 0)));
      flips.push(places.includes(-1));
    });
    const many = { epochs: 20, learningRates: new Array(20).fill(1e-3) };
    await train(engine, network, split, { ...options, ...many, ...change, defense });
    return flips;
  };
  const flips = await flipsOf({ flips: true });
  const count = flips.filter((isFlipped) => isFlipped).length;
  assert.ok(count > 35 && count < 65, `${count} of 100`);
  assert.deepEqual(await flipsOf({ flips: true }), flips);
  assert.notDeepEqual(await flipsOf({ flips: true, seed: 5 }), flips);
  assert.ok((await flipsOf({})).every((isFlipped) => !isFlipped));
});

const defenses = { clean: clean(), deep_defense: deepDefense({ lambda: 0.1, c: 5, d: 1 }) };
for (const [title, defense] of Object.entries(defenses)) {
  Deno.test(`training with ${title} and flips: resuming from any checkpoint gives the same bits`, async () => {
    const engine = await sharedEngine(2);
    const checkpoints: Checkpoint[] = [];
    const settings = { ...options, defense, flips: true };
    const whole = await train(engine, network, split, {
      ...settings,
      onStep: (_, checkpoint) => void checkpoints.push(checkpoint()),
    });
    for (const at of [0, 3, 4, 8]) {
      const resumed = await train(engine, network, split, { ...settings, start: checkpoints[at]! });
      assert.deepEqual(bits(resumed), bits(whole), `checkpoint ${at}`);
    }
    assert.notDeepEqual(
      bits(await train(engine, network, split, { ...options, defense })),
      bits(whole),
    );
  });
}

Deno.test("every second sample of a batch is the defense's example, flipped with the batch", async () => {
  const examples = split.images.map((x) => x + 100);
  const order = { batch: 16, seed: 1, epoch: 0, from: 0, examples };
  for await (const { images, indices } of batchesOf(split, order)) {
    indices.forEach((index, i) => {
      const from = i % 2 === 0 ? split.images : examples;
      assert.deepEqual(images.slice(i * 36, i * 36 + 36), from.slice(index * 36, index * 36 + 36));
    });
  }
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const flipped = { ...order, flippedWidth: 6 };
  const firsts = await Promise.all(
    seeds.map(async (seed) => {
      const { value } = await batchesOf(split, { ...flipped, seed }).next();
      return value as Batch;
    }),
  );
  assert.ok(firsts.every(({ images }) => images.some((x) => x > 50) && images.some((x) => x < 50)));
});

Deno.test("examples are every second sample of an epoch where batches are of one or three samples, too", async () => {
  const examples = split.images.map((x) => x + 100);
  for (const batch of [1, 3]) {
    let place = 0;
    for await (
      const { images } of batchesOf(split, { batch, seed: 1, epoch: 0, from: 0, examples })
    ) {
      for (let at = 0; at < images.length; at += 36) {
        assert.equal(images[at]! > 50, place++ % 2 === 1);
      }
    }
    assert.equal(place, split.count);
  }
});

Deno.test("a defense's examples are one for every training image", async () => {
  const engine = await sharedEngine(1);
  const defense = advTrain1({ examples: new Float32Array(3 * 36) });
  await assert.rejects(
    train(engine, network, split, { ...options, defense }),
    (error) =>
      error instanceof UserError && /each of 70 training images.*got 108/.test(error.message),
  );
});

Deno.test("training that diverges says where, and the last checkpoint is finite", async () => {
  const engine = await sharedEngine(1);
  let last: Checkpoint | undefined;
  await assert.rejects(
    train(engine, network, split, {
      ...options,
      learningRates: [1e6, 1e6, 1e6],
      onStep: (_, checkpoint) => void (last = checkpoint()),
    }),
    (error) => error instanceof DivergedError && /epoch \d+, step \d+/.test(error.message),
  );
  assert.ok(Object.values(last!.weights).every(({ data }) => data.every(Number.isFinite)));
});

Deno.test("weights that leave the finite numbers in the very last step have diverged too", async () => {
  const engine = await sharedEngine(1);
  const once = { ...options, epochs: 1, learningRates: [1e300], batch: split.count };
  await assert.rejects(
    train(engine, network, split, { ...once, onEpoch: () => assert.fail("no epoch is done") }),
    (error) => error instanceof DivergedError && /epoch 0, step 0/.test(error.message),
  );
});

Deno.test("training stops after the step in which it is aborted", async () => {
  const engine = await sharedEngine(1);
  const abort = new AbortController();
  let steps = 0;
  const run = train(engine, network, split, {
    ...options,
    signal: abort.signal,
    onStep: () => void (++steps === 7 && abort.abort(new Error("enough"))),
  });
  await assert.rejects(run, /enough/);
  assert.equal(steps, 7);
});

Deno.test("training wants a learning rate for every epoch", async () => {
  const engine = await sharedEngine(1);
  await assert.rejects(
    train(engine, network, split, { ...options, learningRates: [1] }),
    (error) => error instanceof UserError && /each of 3 epochs, got 1/.test(error.message),
  );
});

Deno.test("training wants the network's own parameters", async () => {
  const engine = await sharedEngine(1);
  const { "fc2.bias": _, ...rest } = start;
  await assert.rejects(train(engine, network, split, { ...options, start: rest }), /fc2.bias/);
});

Deno.test("SGD is PyTorch's: two steps by hand", () => {
  const [w, v] = [{ a: Float32Array.of(1) }, { a: Float32Array.of(0) }];
  const settings = { momentum: 0.5, weightDecay: 0.25 };
  const { update } = sgd(settings);
  update(w, v, [{ a: Float32Array.of(0.5) }, { a: Float32Array.of(0.25) }], 0.5);
  assert.deepEqual([w.a[0], v.a[0]], [0.5, 1]);
  update(w, v, [{ a: Float32Array.of(0.875) }], 0.5);
  assert.deepEqual([w.a[0], v.a[0]], [-0.25, 1.5]);
  sgd({ ...settings, rateMultipliers: { a: 4 } }).update(w, v, [{ a: Float32Array.of(0) }], 0.5);
  assert.deepEqual([w.a[0], v.a[0]], [-1.625, 0.6875]);
});
