import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { readRows } from "../../lib/data/blocks.ts";
import type { Dataset, Split, StreamedSplit } from "../../lib/data/dataset.ts";
import { defend, type Defended } from "../../lib/defend/defend.ts";
import type { DefendOptions } from "../../lib/defend/defend_options.ts";
import { type DefendEpoch, type DefendState, keptEpoch } from "../../lib/defend/defend_state.ts";
import { halvedInTheEnd } from "../../lib/defend/halved_in_the_end.ts";
import { holdOut } from "../../lib/defend/hold_out.ts";
import { cFor, startNorms } from "../../lib/defend/start_norms.ts";
import { advTrain1 } from "../../lib/defenses/adv_train_1.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import { parseval } from "../../lib/defenses/parseval.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { accuracy } from "../../lib/metrics/accuracy.ts";
import { rho2 } from "../../lib/metrics/robustness.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { batchNorm } from "../../lib/layers/batch_norm.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { dense } from "../../lib/layers/dense.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { serial } from "../../lib/layers/serial.ts";
import { DivergedError, train } from "../../lib/training/train.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const engine = await createEngine({ workers: 2 });
addEventListener("unload", () => engine[Symbol.asyncDispose]());

/** Images whose classes are far apart. */
function clearSplit(count: number, key: string): Split {
  const { images, labels } = smallSplit(count, key);
  const isBright = (i: number) => i % 4 === labels[Math.floor(i / 36)];
  return { images: images.map((x, i) => isBright(i) ? x + 1 : x), labels, count };
}

const split = clearSplit(300, "defend");
const network = smallMlp();
const learned = async (images: Split) =>
  await train(engine, network, images, {
    start: smallWeights(network, "defend"),
    epochs: 8,
    learningRates: new Array(8).fill(0.03),
  });
const weights = await learned(split);
const model = { network, weights };
const dataset = { train: split };
const quick: DefendOptions = { epochs: 3, learningRate: 3e-3, batch: 50, heldOut: 60 };

/** The same images, read on demand. */
function streamed(split: Split): StreamedSplit {
  return {
    labels: split.labels,
    count: split.count,
    read: async (indices) => await readRows(split, indices),
  };
}

Deno.test("the hardened model resists more on images that no one looked at, and is as accurate", async () => {
  const test = clearSplit(200, "defend test");
  const { model: after, kept } = await defend(engine, model, dataset, quick);
  const of = async (one: typeof model) => ({
    right: await accuracy(engine, one, test),
    rho: rho2(await deepfool(engine, one, test.images)),
  });
  const [before, hardened] = [await of(model), await of(after)];
  assert.ok(kept > 0);
  assert.ok(hardened.rho > 1.1 * before.rho, JSON.stringify({ before, hardened }));
  assert.ok(hardened.right > before.right - 0.03, JSON.stringify({ before, hardened }));
});

Deno.test("what it says of epoch 0 and of the kept one is what those models come to on the held-out images", async () => {
  const { epochs, kept, model: after } = await defend(engine, model, dataset, quick);
  const held = holdOut(dataset, { heldOut: 60 }).held as Split;
  for (const [one, row] of [[model, epochs[0]!], [after, epochs[kept]!]] as const) {
    const { accuracy: right, rho2: rho } = row;
    assert.equal(right, await accuracy(engine, one, held));
    assert.ok(Math.abs(rho! - rho2(await deepfool(engine, one, held.images))) < 1e-6);
  }
  assert.deepEqual(epochs.map(({ epoch }) => epoch), [0, 1, 2, 3]);
  assert.deepEqual(epochs.map(({ learningRate }) => learningRate), [null, 3e-3, 3e-3, 1.5e-3]);
});

Deno.test("it resumes from every state, with the same bits", async () => {
  const states: DefendState[] = [];
  const onState = (state: () => DefendState) => void states.push(state());
  const whole = await defend(engine, model, dataset, { ...quick, onState });
  assert.equal(states.length, 3 * 5 + 3);
  for (const from of states) {
    const rest = await defend(engine, model, dataset, { ...quick, from: structuredClone(from) });
    assert.deepEqual(rest, whole);
  }
});

Deno.test("it stops when its signal is raised, and its last state resumes to the same bits", async () => {
  const stop = new AbortController();
  const options = { ...quick, defense: clean() };
  let from: DefendState | undefined;
  const run = defend(engine, model, dataset, {
    ...options,
    signal: stop.signal,
    onState: (state) => {
      from = state();
      if (from.checkpoint.epoch === 1 && from.checkpoint.step === 2) stop.abort("enough");
    },
  });
  await assert.rejects(run, (reason) => reason === "enough");
  assert.deepEqual(
    await defend(engine, model, dataset, { ...options, from }),
    await defend(engine, model, dataset, options),
  );
});

const defenses: readonly (readonly [string, DefendOptions["defense"]])[] = [
  ["clean training", clean()],
  ["Parseval training", parseval()],
  ["Deep Defense", deepDefense({ c: 5 })],
  ["Adv. Train I", async ({ engine, model, train }) => {
    const { images } = train as Split;
    const { perturbations } = await deepfool(engine, model, images);
    return advTrain1({ examples: images.map((x, i) => x + perturbations[i]!) });
  }],
];

for (const [name, defense] of defenses) {
  Deno.test(`any defense can be used: ${name}`, async () => {
    const { epochs } = await defend(engine, model, dataset, {
      ...quick,
      epochs: 1,
      defense: defense!,
    });
    assert.ok(Number.isFinite(epochs[1]!.loss));
  });
}

Deno.test("images of one's own can be chosen on: all training images are then trained on", async () => {
  const other = clearSplit(50, "other");
  const { heldOut: _, ...others } = quick;
  const { epochs } = await defend(engine, model, dataset, {
    ...others,
    epochs: 1,
    chooseOn: other,
    onProgress: ({ phase, total }) => phase === "training" && assert.equal(total, 300 / 50),
  });
  assert.equal(epochs[0]!.accuracy, await accuracy(engine, model, other));
});

Deno.test("half of the test images are chosen on where there are any; the other half is left to measure on", async () => {
  const test = clearSplit(80, "half");
  const { heldOut: _, ...others } = quick;
  const { epochs, dataset: { test: rest } } = await defend(engine, model, { train: split, test }, {
    ...others,
    epochs: 1,
    onProgress: ({ phase, total }) => phase === "training" && assert.equal(total, 300 / 50),
  });
  const { held } = holdOut({ train: split, test });
  assert.equal(epochs[0]!.accuracy, await accuracy(engine, model, held));
  assert.deepEqual([held.count, rest.count], [40, 40]);
});

const numbered = (count: number): Split => ({
  images: Float32Array.from({ length: count }, (_, i) => i),
  labels: new Uint16Array(count),
  count,
});
const whole: Dataset<Split> = {
  id: "numbers",
  title: "numbers",
  checksum: "",
  inputShape: [1],
  classes: 2,
  train: numbered(30),
  test: numbered(50),
  toPixels: (x, of, index) => x.map((value) => value + 100 * index + (of === "test" ? 0.5 : 0)),
  rowsToPixels: (rows, of, indices) =>
    Promise.resolve(rows.map((value, i) => value + 100 * indices[i]! + (of === "test" ? 0.5 : 0))),
};

for (const [chooseOn, taken] of [["test", 25], ["train", 3]] as const) {
  Deno.test(`no image is held out and kept, and pixels stay those of each image: ${chooseOn}`, async () => {
    const { dataset, held } = holdOut(whole, { chooseOn });
    const left = dataset[chooseOn];
    const numbers = [...(held as Split).images, ...left.images];
    assert.equal(held.count, taken);
    assert.deepEqual(numbers.sort((a, b) => a - b), [...whole[chooseOn].images]);
    for (const name of ["train", "test"] as const) {
      const { images } = dataset[name];
      const indices = Uint32Array.from(images, (_, i) => i);
      const pixels = await dataset.rowsToPixels!(images, name, indices);
      assert.deepEqual(pixels, images.map((n) => n + 100 * n + (name === "test" ? 0.5 : 0)));
      const one = dataset.toPixels(images.slice(2, 3), name, 2);
      assert.deepEqual(one, pixels.slice(2, 3));
    }
  });
}

Deno.test("images that are read on demand give the same bits as those in memory", async () => {
  const options = { ...quick, epochs: 1 };
  const inMemory = await defend(engine, model, dataset, options);
  const read = await defend(engine, model, { train: streamed(split) }, options);
  const of = ({ model, kept }: Defended) => ({ model, kept });
  assert.deepEqual(of(read), of(inMemory));
});

Deno.test("statistics of batch normalisations stay as they are", async () => {
  const layers = serial({
    flatten: flatten(),
    fc1: dense(12),
    bn: batchNorm(),
    relu: relu(),
    fc2: dense(4),
  });
  const network = defineNetwork({ name: "normalised", inputShape: [1, 6, 6], layers });
  const start = await train(engine, network, split, {
    start: smallWeights(network, "normalised"),
    epochs: 8,
    learningRates: new Array(8).fill(0.03),
  });
  const { model: after } = await defend(engine, { network, weights: start }, dataset, {
    ...quick,
    accuracyLoss: 1,
    defense: deepDefense({ c: 2 }),
  });
  const changed = Object.keys(start).filter((name) =>
    start[name]!.data.some((value, i) => value !== after.weights[name]!.data[i])
  );
  assert.deepEqual(
    changed,
    network.buffers.length > 0
      ? Object.keys(start).filter((name) => !network.buffers.includes(name))
      : [],
  );
});

Deno.test("c is 1.5 over the mean ratio of DeepFool on the training images", async () => {
  const { ratios } = await deepfool(engine, model, split.images, { iterations: 5 });
  const c = cFor(await startNorms({ engine, model, train: split }));
  assert.ok(Math.abs(c * rho2({ ratios }) - 1.5) < 1e-6);
});

Deno.test("without a learning rate, one that is harmless is chosen", async () => {
  const { learningRate: _, ...others } = quick;
  let chosen = 0;
  const { epochs } = await defend(engine, model, dataset, {
    ...others,
    epochs: 1,
    onState: (state) => void (chosen = state().learningRate),
  });
  assert.ok(chosen >= 1e-3, `${chosen}`);
  assert.equal(epochs[1]!.learningRate, chosen / 2);
});

/** A model, and images of which a share of the pixels says the class: the less they are moved apart, the harder. */
async function harder(key: string, apart: number) {
  const { images, labels, count } = smallSplit(300, key);
  const isBright = (i: number) => i % 4 === labels[Math.floor(i / 36)];
  const train = { images: images.map((x, i) => isBright(i) ? x + apart : x), labels, count };
  return { model: { network, weights: await learned(train) }, dataset: { train } };
}

/** Options with which the learning rate is derived. */
const derived: DefendOptions = {
  batch: 50,
  heldOut: 60,
  defense: deepDefense({ lambda: 15, c: 1 }),
};

const retries: readonly {
  readonly what: string;
  readonly problem: readonly [key: string, apart: number];
  readonly epochs: number;
  readonly said: readonly RegExp[];
  readonly isKept: boolean;
}[] = [
  {
    what: "no epoch is kept",
    problem: ["defend", 0.5],
    epochs: 1,
    said: [/^no epoch is kept with the learning rate 0\.01: training begins again with 0\.0033$/],
    isKept: true,
  },
  {
    what: "training diverges after the trial",
    problem: ["a", 0],
    epochs: 2,
    said: [
      /^training diverges with the learning rate 0\.001: training begins again with 0\.00033$/,
      /^training diverges with the learning rate 0\.00033: training begins again with 0\.00011$/,
    ],
    isKept: true,
  },
  {
    what: "no epoch is kept, twice at most",
    problem: ["defend", 0.3],
    epochs: 1,
    said: [/ 0\.001: training begins again with 0\.00033$/, / 0\.00033: .* again with 0\.00011$/],
    isKept: false,
  },
];

/** Deep Defense whose training diverges where weights move by 1 or more. */
function divergingFrom(start: Weights): Defense {
  return {
    ...derived.defense as Defense,
    projection: () =>
      Promise.resolve((weights) => {
        for (const [name, values] of Object.entries(weights)) {
          const moved = values.map((value, i) => value - start[name]!.data[i]!);
          if (Math.hypot(...moved) > 1) values.fill(NaN);
        }
        return Promise.resolve();
      }),
  };
}

for (const { what, problem, epochs, said, isKept } of retries) {
  Deno.test(`with a derived learning rate, training begins again with a third of it where ${what}; it resumes with the same bits`, async () => {
    const { model, dataset } = await harder(...problem);
    const lines: string[] = [];
    const states: DefendState[] = [];
    const defense = divergingFrom(model.weights);
    const options = { ...derived, epochs, ...(what.includes("diverges") ? { defense } : {}) };
    const whole = await defend(engine, model, dataset, {
      ...options,
      onNotice: (line) => lines.push(line),
      onState: (state) => void states.push(state()),
    });
    assert.equal(lines.length, said.length, lines.join("\n"));
    said.forEach((pattern, i) => assert.match(lines[i]!, pattern));
    assert.deepEqual([whole.retries, whole.kept > 0], [said.length, isKept]);
    assert.equal(whole.epochs.length, 1 + epochs, "the epochs of the last time");
    assert.ok(Number(lines.at(-1)!.split(" ").at(-1)) >= whole.epochs[1]!.learningRate!);
    for (const from of states) {
      const rest = await defend(engine, model, dataset, {
        ...options,
        from: structuredClone(from),
      });
      assert.deepEqual(rest, whole);
    }
  });
}

for (
  const [epochs, rates] of [
    [1, [2]],
    [2, [4, 2]],
    [5, [4, 4, 4, 4, 2]],
    [10, [4, 4, 4, 4, 4, 4, 4, 4, 2, 2]],
  ] as const
) {
  Deno.test(`the learning rates of ${epochs} epochs`, () => {
    assert.deepEqual(halvedInTheEnd(4, epochs), rates);
  });
}

Deno.test("with a learning rate that is given, training does not begin again", async () => {
  const { model, dataset } = await harder("defend", 0.5);
  const options = { ...derived, epochs: 1, learningRate: 0.01 };
  const { kept, retries } = await defend(engine, model, dataset, options);
  assert.deepEqual({ kept, retries }, { kept: 0, retries: 0 });
});

Deno.test("the trial of a learning rate allows the less loss the less an epoch may lose", async () => {
  const { model, dataset } = await harder("b", 0.3);
  const chosen: number[] = [];
  for (const accuracyLoss of [0, 0.005, 1]) {
    let first: number | undefined;
    await defend(engine, model, dataset, {
      ...derived,
      epochs: 1,
      accuracyLoss,
      onState: (state) => void (first ??= state().learningRate),
    });
    chosen.push(first!);
  }
  assert.deepEqual(chosen, chosen.toSorted((a, b) => a - b));
  assert.ok(chosen[0]! < chosen[1]!, `${chosen}`);
});

const row = (epoch: number, accuracy: number, rho2: number | null): DefendEpoch => ({
  epoch,
  accuracy,
  rho2,
  loss: 0,
  regularizer: 0,
  trainAccuracy: 1,
  learningRate: 1,
});

const choices: readonly (readonly [string, DefendEpoch[], number])[] = [
  ["the largest rho_2", [row(0, 0.9, 1), row(1, 0.9, 3), row(2, 0.9, 2)], 1],
  [
    "not below the accuracy that is allowed",
    [row(0, 0.9, 1), row(1, 0.89, 3), row(2, 0.895, 2)],
    2,
  ],
  ["the start where no epoch is better", [row(0, 0.9, 1), row(1, 0.95, 0.9)], 0],
  ["the start where all lose accuracy", [row(0, 0.9, 1), row(1, 0.8, 9)], 0],
  ["the first of equals", [row(0, 0.9, 1), row(1, 0.9, 2), row(2, 0.9, 2)], 1],
  ["an accuracy that rises is no loss", [row(0, 0.9, 1), row(1, 0.99, 2)], 1],
  ["no rho_2 counts as none", [row(0, 0.9, 1), row(1, 0.9, null)], 0],
];

for (const [what, epochs, kept] of choices) {
  Deno.test(`the epoch that is kept: ${what}`, () => assert.equal(keptEpoch(epochs, 0.005), kept));
}

const none = { images: new Float32Array(0), labels: new Uint16Array(0), count: 0 };
const wrong = { ...split, labels: split.labels.map((label) => (label + 1) % 4) };
const frozen = defineNetwork({ name: "frozen", inputShape: [4], layers: relu() });
const four = { images: split.images.subarray(0, 4 * 36), labels: split.labels, count: 36 };

const refused: readonly (readonly [string, () => Promise<Defended>, RegExp])[] = [
  [
    "no training images",
    () => defend(engine, model, { train: none }),
    /defending small-mlp: expected training images, got none$/,
  ],
  [
    "images of another size",
    () => defend(engine, model, { train: four }, quick),
    /defending small-mlp: expected 36 labels, got 300$/,
  ],
  [
    "labels of another order",
    () => defend(engine, model, { train: wrong }, quick),
    /expected an accuracy of at least 40\.0% on held-out images at the start, got \d+\.\d%: the images, their scale/,
  ],
  [
    "a model without parameters",
    () =>
      defend(engine, { network: frozen, weights: {} }, {
        train: { ...four, labels: split.labels.subarray(0, 36) },
      }),
    /defending frozen: expected a model with parameters to train, got none$/,
  ],
  [
    "all images held out",
    () => defend(engine, model, dataset, { heldOut: 300 }),
    /holding training images out: expected more than the 300 to choose on, got 300$/,
  ],
  [
    "too few test images to hold half of them out",
    () => defend(engine, model, { train: split, test: clearSplit(19, "few") }),
    /^holding test images out: expected at least 20, to choose an epoch on half of them, got 19; choose on training/,
  ],
  [
    "test images of another size",
    () => defend(engine, model, { train: split, test: { ...four, count: 36 } }),
    /defending small-mlp, on images to choose on: expected 18 images, got/,
  ],
  [
    "no test images to choose on",
    () => defend(engine, model, dataset, { chooseOn: "test" }),
    /^holding test images out: expected test images, got none$/,
  ],
  [
    "no images of one's own to choose on",
    () => defend(engine, model, dataset, { chooseOn: none }),
    /on images to choose on: expected images, got 0$/,
  ],
  [
    "a number of images of one's own",
    () => defend(engine, model, dataset, { chooseOn: split, heldOut: 60 }),
    /expected no heldOut with images of your own, got 60$/,
  ],
  [
    "something else to choose on",
    () => defend(engine, model, dataset, { chooseOn: "training" as "train" }),
    /^holding images out: expected chooseOn test or train, got training$/,
  ],
  ...([
    [{ epochs: 0 }, /epochs a whole number from 1, got 0$/],
    [{ accuracyLoss: -1 }, /accuracyLoss in \[0, 1\], got -1$/],
    [{ heldOut: 0 }, /heldOut a whole number from 1, got 0$/],
    [{ attacked: 0.5 }, /attacked a whole number from 1, got 0.5$/],
    [{ batch: 0 }, /batch a whole number from 1, got 0$/],
  ] as [DefendOptions, RegExp][]).map((
    [options, message],
  ): [string, () => Promise<Defended>, RegExp] => [
    JSON.stringify(options),
    () => defend(engine, model, dataset, { ...quick, ...options }),
    message,
  ]),
];

for (const [what, run, message] of refused) {
  Deno.test(`refused in one line: ${what}`, async () => {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof UserError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a training that diverges says so", async () => {
  const run = defend(engine, model, dataset, { ...quick, defense: clean(), learningRate: 1e30 });
  await assert.rejects(run, DivergedError);
});
