import assert from "node:assert/strict";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense.ts";
import type { Defense, ShardGradient, ShardOfStep } from "../../lib/defenses/defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { sgdStep } from "../../lib/training/sgd.ts";
import { DivergedError, type StepRow, train, type TrainOptions } from "../../lib/training/train.ts";
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
  const [defense, lambda] of [[clean(), 0], [deepDefense({ lambda: 0.1, c: 5, d: 1 }), 0.1]] as [
    Defense,
    number,
  ][]
) {
  Deno.test(`training with ${defense.name}: going on from any checkpoint gives the same bits`, async () => {
    await using engine = await createEngine({ workers: 2 });
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

  Deno.test(`training with ${defense.name}: the objective falls`, async () => {
    await using engine = await createEngine({ workers: 2 });
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
  await using engine = await createEngine({ workers: 1 });
  const one = { ...options, epochs: 1, learningRates: [1e-3] };
  const rateMultipliers = { "fc1.weight": 0, "fc3.bias": 2 };
  const steps: Weights[] = [];
  for (const change of [{}, { rateMultipliers }]) {
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
  await using engine = await createEngine({ workers: 1 });
  await assert.rejects(
    train(engine, network, split, { ...options, rateMultipliers: { "fc9.bias": 2 } }),
    (error) =>
      error instanceof UserError && /fc1\.weight, .*\), got fc9\.bias$/.test(error.message),
  );
});

Deno.test("training leaves the weights it starts from alone", async () => {
  await using engine = await createEngine({ workers: 1 });
  const before = bits(start);
  await train(engine, network, split, { ...options, epochs: 1, learningRates: [0.1] });
  assert.deepEqual(bits(start), before);
});

Deno.test("training covers every sample once an epoch, in an order of its own", async () => {
  await using engine = await createEngine({ workers: 2 });
  const seen: number[][] = [];
  const spy = spying((parts) => seen.push(parts.flatMap(({ indices }) => [...indices])));
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

/** Clean training that shows what the workers are given. */
function spying(seen: (parts: readonly ShardOfStep[]) => void): Defense {
  return {
    ...clean(),
    load: async (...args) => {
      const run = await clean().load(...args);
      return (parts) => (seen(parts), run(parts));
    },
  };
}

Deno.test("flips take whole batches, half of them, the same for a seed; none unless asked for", async () => {
  await using engine = await createEngine({ workers: 2 });
  const flipsOf = async (change: Partial<TrainOptions>) => {
    const widths: (number | undefined)[][] = [];
    const defense = spying((parts) => widths.push(parts.map((part) => part.flippedWidth)));
    const many = { epochs: 20, learningRates: new Array(20).fill(1e-3) };
    await train(engine, network, split, { ...options, ...many, ...change, defense });
    assert.ok(widths.every(([first, second]) => first === second));
    return widths.map(([first]) => first);
  };
  const flips = await flipsOf({ flips: true });
  assert.deepEqual(new Set(flips), new Set([6, undefined]));
  const count = flips.filter((width) => width).length;
  assert.ok(count > 35 && count < 65, `${count} of 100`);
  assert.deepEqual(await flipsOf({ flips: true }), flips);
  assert.notDeepEqual(await flipsOf({ flips: true, seed: 5 }), flips);
  assert.ok((await flipsOf({})).every((width) => width === undefined));
});

for (const defense of [clean(), deepDefense({ lambda: 0.1, c: 5, d: 1 })]) {
  Deno.test(`training with ${defense.name} and flips: going on from any checkpoint gives the same bits`, async () => {
    await using engine = await createEngine({ workers: 2 });
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

  Deno.test(`a flipped step with ${defense.name} is a step on flipped images`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const run = await defense.load(engine, network);
    const weights = Object.fromEntries(
      Object.entries(start).map(([name, { data }]) => [name, data]),
    );
    const mirrored = split.images.map((_, i) => split.images[i - i % 6 + 5 - i % 6]!);
    const step = { weights, labels: split.labels, indices: Uint32Array.of(3, 9, 11), batch: 3 };
    const gradientOf = async (shard: Pick<ShardOfStep, "images" | "examples" | "flippedWidth">) => {
      const [{ gradients, loss, regularizer }] = await run([{ ...step, ...shard }]) as [
        ShardGradient,
      ];
      return [loss, regularizer, ...Object.values(gradients).flatMap((gradient) => [...gradient])];
    };
    const { images } = split;
    const expected = await gradientOf({ images: mirrored });
    assert.deepEqual(await gradientOf({ images, flippedWidth: 6 }), expected);
    assert.notDeepEqual(await gradientOf({ images }), expected);
    const examples = images.map((x) => x + 0.1);
    assert.deepEqual(
      await gradientOf({ images, examples, flippedWidth: 6 }),
      await gradientOf({ images: mirrored, examples: mirrored.map((x) => x + 0.1) }),
    );
  });
}

Deno.test("training that diverges says where, and the last checkpoint is finite", async () => {
  await using engine = await createEngine({ workers: 1 });
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
  await using engine = await createEngine({ workers: 1 });
  const once = { ...options, epochs: 1, learningRates: [1e300], batch: split.count };
  await assert.rejects(
    train(engine, network, split, { ...once, onEpoch: () => assert.fail("no epoch is done") }),
    (error) => error instanceof DivergedError && /epoch 0, step 0/.test(error.message),
  );
});

Deno.test("training stops after the step in which it is aborted", async () => {
  await using engine = await createEngine({ workers: 1 });
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
  await using engine = await createEngine({ workers: 1 });
  await assert.rejects(
    train(engine, network, split, { ...options, learningRates: [1] }),
    (error) => error instanceof UserError && /each of 3 epochs, got 1/.test(error.message),
  );
});

Deno.test("training wants the network's own parameters", async () => {
  await using engine = await createEngine({ workers: 1 });
  const { "fc2.bias": _, ...rest } = start;
  await assert.rejects(train(engine, network, split, { ...options, start: rest }), /fc2.bias/);
});

Deno.test("SGD is PyTorch's: two steps by hand", () => {
  const [w, v] = [{ a: Float32Array.of(1) }, { a: Float32Array.of(0) }];
  const settings = { learningRate: 0.5, momentum: 0.5, weightDecay: 0.25 };
  sgdStep(w, v, [{ a: Float32Array.of(0.5) }, { a: Float32Array.of(0.25) }], settings);
  assert.deepEqual([w.a[0], v.a[0]], [0.5, 1]);
  sgdStep(w, v, [{ a: Float32Array.of(0.875) }], settings);
  assert.deepEqual([w.a[0], v.a[0]], [-0.25, 1.5]);
  sgdStep(w, v, [{ a: Float32Array.of(0) }], { ...settings, rateMultipliers: { a: 4 } });
  assert.deepEqual([w.a[0], v.a[0]], [-1.625, 0.6875]);
});
