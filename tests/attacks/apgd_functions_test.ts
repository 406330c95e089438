import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { type ApgdGeometry, apgdStep } from "../../lib/attacks/apgd/apgd_functions.ts";
import { type ApgdLoss, lossValues } from "../../lib/attacks/apgd/apgd_loss.ts";
import { apgdSeeds } from "../../lib/attacks/apgd/loss_seeds.ts";
import { norm } from "../../lib/compute/norms.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { normal, random } from "../../lib/engine/random.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import type { Network } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { createEngines } from "../engine/engines.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const losses = ["ce", "dlr", "targeted dlr"] as const;
const classes = 6;

/** Random logits of a sample; its label is the strongest class, the second or another one. */
function sampleOf(seed: number, scale: number) {
  const gauss = normal(random("apgd loss", seed));
  const logits = Float32Array.from({ length: classes }, () => scale * gauss());
  const [label, goal] = [seed % classes, (seed + 1 + seed % (classes - 1)) % classes];
  return { logits, label, goal };
}

/** A power of two, so that moved logits are exact in 32 bits, that is small against them. */
const stepFor = (logits: Float32Array) => 2 ** (Math.ceil(Math.log2(norm(logits, Infinity))) - 10);

/** The gradient of a loss's value in the logits, by central differences in 64 bits. */
function slopeOf(
  loss: ApgdLoss,
  logits: Float32Array,
  named: { readonly label: number; readonly goal: number },
  step: number,
): number[] {
  const at = (k: number, move: number) =>
    lossValues[loss](logits.map((value, i) => i === k ? value + move : value), named);
  return [...logits.keys()].map((k) => (at(k, step) - at(k, -step)) / (2 * step));
}

/** The class of the third largest logit. */
const thirdOf = (logits: Float32Array) => logits.indexOf(logits.toSorted().at(-3)!);

for (const loss of losses) {
  for (const scale of [1e-3, 1, 1e4]) {
    Deno.test(`the seeds of ${loss} point where its value rises, logits of ${scale}`, () => {
      for (let seed = 0; seed < 60; seed++) {
        const { logits, ...named } = sampleOf(seed, scale);
        const oneHot = (k: number) =>
          tf.oneHot(tf.tensor1d([k], "int32"), classes, 1, 0, "float32");
        const seeds = tf.tidy(() => {
          const row = tf.tensor2d(logits, [1, classes]);
          return apgdSeeds[loss](row, oneHot(named.label), oneHot(named.goal)).dataSync();
        });
        const step = stepFor(logits);
        if (isKinked(logits, 2 * step)) continue;
        const slope = slopeOf(loss, logits, named, step);
        if (loss === "dlr" && thirdOf(logits) === named.label) { // the ratio is 1 there, whatever the logits
          assertClose(seeds, new Float32Array(classes), { absolute: 1e-6 });
          continue;
        }
        const unit = (v: ArrayLike<number>) => Array.from(v, (value) => value / norm(v));
        assertClose(unit(seeds), unit(slope), { relative: 3e-3 });
      }
    });
  }
}

/** Whether two logits are so close that a step changes their order. */
function isKinked(logits: Float32Array, step: number): boolean {
  const sorted = logits.toSorted();
  return sorted.some((value, i) => i > 0 && value - sorted[i - 1]! < step);
}

const tied: readonly (readonly [ApgdLoss, readonly number[]])[] = [
  ["dlr", [1, 1, 1, 0, 0, 0]],
  ["targeted dlr", [2, 2, 2, 2, 2, 2]],
  ["ce", [3e38, -3e38, 0, 0, 0, 0]],
  ["dlr", [3e38, 2e38, -3e38, 0, 0, 0]],
  ["targeted dlr", [1e38, -1e38, 0, 0, 0, 0]],
];

for (const [loss, logits] of tied) {
  Deno.test(`${loss} has a value and seeds that are numbers at the logits ${logits}`, () => {
    const value = lossValues[loss](Float32Array.from(logits), { label: 0, goal: 1 });
    assert.ok(!isNaN(value));
    const oneHot = (k: number) => tf.oneHot(tf.tensor1d([k], "int32"), classes, 1, 0, "float32");
    const seeds = tf.tidy(() =>
      apgdSeeds[loss](tf.tensor2d([[...logits]]), oneHot(0), oneHot(1)).dataSync()
    );
    assert.ok(seeds.every(isFinite), `${seeds}`);
    assert.ok(seeds.some((seed) => seed !== 0));
  });
}

Deno.test("the order of ce is the cross-entropy's, and does not end where that is 0 in 64 bits", () => {
  const value = (margin: number) =>
    lossValues.ce(Float32Array.of(margin, 0, 0), { label: 0, goal: 1 });
  const crossEntropy = (margin: number) => Math.log1p(2 * Math.exp(-margin));
  for (const margin of [-3, 0, 2, 10]) {
    assert.ok(Math.abs(Math.log1p(Math.exp(value(margin))) - crossEntropy(margin)) < 1e-12);
  }
  assert.equal(crossEntropy(2000), 0);
  assert.ok(value(2000) > value(2001));
});

const chunk = 5;
const row = (rows: Float32Array, i: number) => rows.subarray(i * 36, (i + 1) * 36);
const stepSize = Float32Array.from({ length: chunk }, (_, i) => 0.4 * i);
const inertia = Float32Array.from({ length: chunk }, (_, i) => i % 2 ? 0.25 : 0);
const images = (key: string) => smallSplit(chunk, key).images.map((x) => Math.fround(x));

/** One step of samples that are labelled 0 to 3 in turn, towards the next class. */
async function step(engine: Engine, network: Network, settings: Omit<ApgdGeometry, "chunk">) {
  const { fn, inputs } = apgdStep(network, { chunk, ...settings });
  const run = await engine.compile(fn, inputs);
  const hot = (of: (i: number) => number) =>
    Float32Array.from({ length: chunk * 4 }, (_, j) => Number(j % 4 === of(Math.floor(j / 4))));
  const all = {
    ...weightInputs(arraysOf(smallWeights(network, "apgd step"))),
    x: images("x"),
    position: images("position"),
    previous: images("previous"),
    heading: images("heading"),
    label: hot((i) => i % 4),
    goal: hot((i) => (i + 1) % 4),
    epsilon: new Float32Array(chunk).fill(settings.p === 2 ? 5 : 1),
    stepSize,
    inertia,
    low: new Float32Array(36).fill(-2),
    high: new Float32Array(36).fill(2.5),
  };
  return await run(Object.fromEntries(Object.entries(all).filter(([name]) => name in inputs)));
}

for (const network of [smallMlp(), smallConvolutional()]) {
  for (const loss of losses) {
    for (const [p, boxed] of [[2, true], [Infinity, false]] as const) {
      Deno.test(`a step of APGD on ${network.name}, ${loss}, p = ${p}: onnx and cpu agree`, async () => {
        await using engines = await createEngines();
        const actual = await step(engines.tested, network, { p, loss, boxed });
        const expected = await step(engines.cpu, network, { p, loss, boxed });
        const names = ["delta", "direction", "logits", "slope"];
        assert.deepEqual(Object.keys(actual).sort(), names);
        for (const [key, array] of Object.entries(expected)) assertClose(actual[key]!, array);
      });
    }
  }
}

for (const p of [2, Infinity]) {
  for (const boxed of [false, true]) {
    Deno.test(`a step of APGD moves as the paper says, in the ball, p = ${p}${boxed ? ", and in the box" : ""}`, async () => {
      await using engines = await createEngines();
      const { delta } = await step(engines.tested, smallMlp(), { p, loss: "ce", boxed });
      const radius = p === 2 ? 5 : 1;
      for (let i = 0; i < chunk; i++) {
        const [x, position, previous, heading] = ["x", "position", "previous", "heading"]
          .map((key) => [...row(images(key), i)]) as [number[], number[], number[], number[]];
        const land = (r: readonly number[]) => {
          const scale = Math.min(1, radius / norm(r));
          const inBall = p === 2
            ? r.map((value) => scale * value)
            : r.map((value) => Math.max(-radius, Math.min(radius, value)));
          if (!boxed) return inBall;
          return inBall.map((value, j) => Math.max(-2, Math.min(2.5, x[j]! + value)) - x[j]!);
        };
        const ahead = land(position.map((r, j) => r + stepSize[i]! * heading[j]!));
        const share = inertia[i]!;
        const expected = land(
          position.map((r, j) => r + (1 - share) * (ahead[j]! - r) + share * (r - previous[j]!)),
        );
        assertClose(row(delta!, i), expected, { relative: 1e-6 });
      }
    });
  }
}
