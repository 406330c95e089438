import assert from "node:assert/strict";
import { bump } from "../../lib/attacks/square/bump.ts";
import { euclideanMoves } from "../../lib/attacks/square/euclidean_moves.ts";
import { maximumMoves } from "../../lib/attacks/square/maximum_moves.ts";
import { squareAttack } from "../../lib/attacks/square/square_attack.ts";
import { norm } from "../../lib/compute/norms.ts";
import { predict } from "../../lib/compute/predict.ts";
import { random } from "../../lib/engine/random.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { dense } from "../../lib/layers/dense.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";
import { affineImages } from "./affine_images.ts";
import { equallyFar } from "./affine_problem.ts";

const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);
const sum = (ones: Uint16Array) => ones.reduce((all, one) => all + one, 0);

for (const [shape, classes] of [[[1, 6, 6], 2], [[3, 8, 5], 2], [[1, 10, 10], 5]] as const) {
  for (const [p, q] of [[2, 2], [Infinity, 1]] as const) {
    Deno.test(`Square fools an affine classifier well beyond the ${p}-distance to its boundary and never before, [${shape}], ${classes} classes`, async () => {
      const engine = await sharedEngine(1);
      const { model, images, labels } = equallyFar(affineImages(shape, classes, q));
      const attack = async (
        epsilon: number,
        queries: number,
      ) => [...(await squareAttack(engine, model, images, { labels, epsilon, p, queries })).fooled];
      assert.deepEqual(await attack(0.999, 100), Array(10).fill(0));
      assert.deepEqual(await attack(5, 1000), Array(10).fill(1));
    });
  }
}

for (const network of [smallMlp(), smallConvolutional()]) {
  const model = { network, weights: smallWeights(network, "square") };
  const { images, count } = smallSplit(60, "square");

  /** Labels of which the first 50 are what the network says, the others not. */
  const labelled = async () => {
    const engine = await sharedEngine(1);
    const { labels } = await predict(engine, model, images);
    return labels.map((label, i) => i < 50 ? label : (label + 1) % 4);
  };

  for (const p of [2, Infinity]) {
    const options = { epsilon: p === 2 ? 1 : 0.25, p, queries: 60 };
    const of = `Square on ${network.name}, p = ${p}`;

    Deno.test(`${of}: what it reports is what the network says`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const result = await squareAttack(engine, model, images, { labels, ...options });
      const perturbed = images.map((x, i) => x + result.perturbations[i]!);
      const after = await predict(engine, model, perturbed);
      assert.deepEqual(result.predicted, (await predict(engine, model, images)).labels);
      assert.deepEqual(result.fooledAs, after.labels);
      assert.deepEqual(result.fooled, after.labels.map((label, i) => Number(label !== labels[i])));
      const fooled = result.fooled.subarray(0, 50);
      assert.ok(fooled.includes(0) && fooled.includes(1));
      const norms = Array.from({ length: count }, (_, i) => norm(row(result.perturbations, i), p));
      assertClose(result.norms, norms, { relative: 1e-7 });
    });

    Deno.test(`${of}: perturbations stay in the ball and the box, those of wrong samples are 0`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const within = { low: -4.5, high: 4.5 };
      for (const box of [{}, { within }]) {
        const run = { labels, ...options, ...box };
        const { norms, perturbations } = await squareAttack(engine, model, images, run);
        assert.ok(norms.every((length) => length <= options.epsilon * (1 + 1e-6)));
        assert.ok(norms.subarray(0, 50).every((length) => length > 0));
        assert.ok(norms.subarray(50).every((length) => length === 0));
        const moved = images.map((x, i) => x + perturbations[i]!);
        if ("within" in box) assert.ok(moved.every((x) => x >= -4.5 && x <= 4.5));
      }
    });

    Deno.test(`${of}: two runs, one and two workers, a sample alone and in a batch are the same`, async () => {
      const one = await sharedEngine(1);
      const two = await sharedEngine(2);
      const labels = await labelled();
      const all = { ...options, restarts: 2 };
      const first = await squareAttack(one, model, images, { labels, ...all });
      assert.deepEqual(await squareAttack(one, model, images, { labels, ...all }), first);
      assert.deepEqual(await squareAttack(two, model, images, { labels, ...all }), first);
      for (const i of [0, 7, 49]) {
        const label = labels.subarray(i, i + 1);
        const alone = await squareAttack(one, model, row(images, i), { labels: label, ...all });
        assert.equal(alone.fooledAs[0], first.fooledAs[i]);
        assertClose(alone.perturbations, row(first.perturbations, i), { relative: 1e-5 });
      }
    });

    Deno.test(`${of}: more queries or restarts fool more, another seed moves otherwise`, async () => {
      const engine = await sharedEngine(2);
      const labels = await labelled();
      const attack = async (queries: number, restarts: number, seed: number) =>
        await squareAttack(engine, model, images, { ...options, labels, queries, restarts, seed });
      const [short, long] = [await attack(3, 1, 0), await attack(300, 1, 0)];
      const [often, other] = [await attack(3, 30, 0), await attack(3, 1, 1)];
      assert.ok(short.fooled.every((fooled, i) => fooled <= long.fooled[i]!));
      assert.ok(short.fooled.every((fooled, i) => fooled <= often.fooled[i]!));
      assert.ok(sum(short.fooled) < sum(long.fooled) && sum(short.fooled) < sum(often.fooled));
      assert.notDeepEqual(short.perturbations, other.perturbations);
    });

    Deno.test(`${of}: epsilon 0 is the identity`, async () => {
      const engine = await sharedEngine(1);
      const labels = await labelled();
      const result = await squareAttack(engine, model, images, { ...options, labels, epsilon: 0 });
      assert.ok(result.perturbations.every((r) => Math.abs(r) === 0));
      assert.deepEqual(result.fooledAs, result.predicted);
    });

    Deno.test(`${of} towards classes: those that are there stay, some others get there`, async () => {
      const engine = await sharedEngine(1);
      const targets = Uint16Array.from({ length: count }, (_, i) => i % 4);
      const run = { ...options, epsilon: 4 * options.epsilon, targets };
      const result = await squareAttack(engine, model, images, run);
      const there = result.predicted.map((k, i) => Number(k === targets[i]));
      assert.ok(sum(there) > 0 && sum(result.fooled) > 2 * sum(there));
      result.norms.forEach((length, i) => assert.equal(length === 0, there[i] === 1));
    });
  }
}

const extents = [[1, 6, 6], [3, 14, 14], [2, 9, 12], [1, 28, 28], [3, 5, 5]] as const;

for (const [channels, height, width] of extents) {
  const extent = { channels, height, width };
  const length = channels * height * width;

  Deno.test(`the l2 moves keep the norm, at first and later, [${channels}, ${height}, ${width}]`, () => {
    const uniform = random("moves", length);
    const [from, to] = [new Float32Array(length), new Float32Array(length)];
    const { start, propose } = euclideanMoves(extent);
    start(from, 3, uniform);
    assertClose([norm(from)], [3], { relative: 1e-6 });
    for (let i = 0; i < 200; i++) {
      propose(from, to, { epsilon: 3, share: 0.8 * 2 ** -(i % 8) }, uniform);
      assertClose([norm(to)], [3], { relative: 1e-6 });
      if (i % 3 === 0) from.set(to);
    }
  });

  Deno.test(`the moves for the maximum norm stay at the ends of the ball and change one square, [${channels}, ${height}, ${width}]`, () => {
    const uniform = random("moves", length);
    const [from, to] = [new Float32Array(length), new Float32Array(length)];
    const { start, propose } = maximumMoves(extent);
    start(from, 3, uniform);
    from.forEach((value, i) =>
      assert.equal(value, from[i < width ? i : i - i % (height * width) + i % width])
    );
    for (let i = 0; i < 100; i++) {
      const share = 0.8 * 2 ** -(i % 8);
      propose(from, to, { epsilon: 3, share }, uniform);
      assert.ok(to.every((value) => Math.abs(value) === 3));
      const side = Math.min(
        Math.max(Math.round(Math.sqrt(share * height * width)), 1),
        height,
        width,
      );
      const changed = [...to.keys()].filter((j) => to[j] !== from[j]);
      assert.ok(changed.length <= channels * side ** 2);
      const rows = changed.map((j) => Math.floor(j / width) % height);
      if (rows.length > 0) assert.ok(Math.max(...rows) - Math.min(...rows) < side);
      from.set(to);
    }
  });
}

// Printed by the attack's published code.
const bumps: Readonly<Record<number, readonly number[]>> = {
  1: [-1],
  2: [0.138675, 0.6933753, -0.138675, -0.6933753],
  // deno-fmt-ignore
  3: [
    0.1360828, 0.6804138, 0.1360828,
    -0.1290994, -0.1290994, -0.1290994,
    -0.1290994, -0.6454972, -0.1290994,
  ],
  // deno-fmt-ignore
  5: [
    0.0491622, 0.159777, 0.159777, 0.159777, 0.0491622,
    0.0491622, 0.159777, 0.6022365, 0.159777, 0.0491622,
    -0.0455901, -0.148168, -0.148168, -0.148168, -0.0455901,
    -0.0455901, -0.148168, -0.5584793, -0.148168, -0.0455901,
    -0.0455901, -0.148168, -0.148168, -0.148168, -0.0455901,
  ],
};

for (const [side, expected] of Object.entries(bumps)) {
  Deno.test(`the bump of side ${side} is the published one`, () => {
    assertClose(bump(Number(side)), expected, { relative: 1e-6 });
  });
}

/** A height of a pyramid before it is scaled: the sum of the frames 1, 1/4, 1/9 and so on that it lies in. */
function height(rows: number, columns: number, row: number, column: number): number {
  const [middleRow, middleColumn] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const frames = Math.max(middleRow, middleColumn) + 1;
  const own = Math.max(Math.abs(row - middleRow), Math.abs(column - middleColumn));
  return Array.from({ length: frames - own }, (_, i) => (own + i + 1) ** -2)
    .reduce((sum, value) => sum + value, 0);
}

for (const side of [12, 459]) {
  Deno.test(`the bump of side ${side} has the norm 1, and its numbers the pyramids' proportions`, () => {
    const numbers = bump(side);
    assert.equal(numbers.length, side ** 2);
    assertClose([norm(numbers)], [1], { relative: 1e-9 });
    const upper = Math.floor(side / 2);
    const parts = [[numbers.subarray(0, upper * side), 1], [
      numbers.subarray(upper * side),
      -1,
    ]] as const;
    for (const [part, sign] of parts) {
      const rows = part.length / side;
      const top = part[Math.floor(rows / 2) * side + Math.floor(side / 2)]!;
      const places = [[0, 0], [3, side - 1], [Math.floor(rows / 2), 5], [
        rows - 1,
        side >> 1,
      ]] as const;
      for (const [row, column] of places) {
        const expected = height(rows, side, row, column) / height(rows, side, rows >> 1, side >> 1);
        assertClose([part[row * side + column]! / top], [expected], { relative: 1e-9 });
        assert.equal(Math.sign(part[row * side + column]!), sign);
      }
      assertClose([norm(part)], [Math.SQRT1_2], { relative: 1e-9 });
    }
  });
}

Deno.test("Square attacks images of 512 x 512 in l2", async () => {
  const engine = await sharedEngine(1);
  const layers = serial({ flatten: flatten(), fc: dense(2, { bias: false }) });
  const network = defineNetwork({ name: "large", inputShape: [1, 512, 512], layers });
  const model = { network, weights: network.init("large") };
  const options = { labels: Uint16Array.of(0), epsilon: 3, p: 2, queries: 2 };
  const { norms, predicted } = await squareAttack(
    engine,
    model,
    new Float32Array(512 ** 2),
    options,
  );
  assert.deepEqual([...predicted], [0]);
  assertClose(norms, [3], { relative: 1e-5 });
});

for (
  const [inputShape, options, message] of [
    [[36], { epsilon: 1 }, /inputs \[C, H, W\], .* got \[36\]/],
    [[1, 4, 9], { epsilon: 1, p: 2 }, /images of at least 5 x 5 for p = 2, got 4 x 9/],
    [[1, 6, 6], { epsilon: -1 }, /epsilon in \[0, 3.4e38\], got -1/],
    [[1, 6, 6], { epsilon: NaN }, /epsilon in \[0, 3.4e38\], got NaN/],
    [[1, 6, 6], { epsilon: 1, p: 1 }, /norm p 2 or Infinity, got 1/],
    [[1, 6, 6], { epsilon: 1, queries: 0 }, /queries a whole number from 1, got 0/],
    [[1, 6, 6], { epsilon: 1, restarts: 1.5 }, /restarts a whole number from 1, got 1.5/],
    [[1, 6, 6], { epsilon: 1, firstShare: 0 }, /firstShare in \(0, 1\], got 0/],
    [[1, 6, 6], { epsilon: 1, firstShare: 1.1 }, /firstShare in \(0, 1\], got 1.1/],
    [[1, 6, 6], { epsilon: 1, seed: 0.5 }, /seed a whole number, got 0.5/],
  ] as const
) {
  Deno.test(`Square refuses inputs [${inputShape}] with ${JSON.stringify(options)} (${message.source})`, async () => {
    const engine = await sharedEngine(1);
    const layers = serial({ flatten: flatten(), fc: dense(4) });
    const network = defineNetwork({ name: "any", inputShape, layers });
    const model = { network, weights: network.init(0) };
    const labels = new Uint16Array(1);
    await assert.rejects(
      squareAttack(engine, model, new Float32Array(36), { labels, ...options }),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
