import assert from "node:assert/strict";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { dense } from "../../lib/layers/dense.ts";
import { perturbationPenalty } from "../../lib/losses/perturbation_penalty.ts";
import { defineNetwork } from "../../lib/networks/network.ts";
import { train } from "../../lib/training/train.ts";
import { sharedEngine } from "../shared_engine.ts";
import { difference, step } from "./step.ts";

const network = defineNetwork({ name: "plane", inputShape: [2], layers: dense(2) });
const weights = {
  weight: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
  bias: { shape: [2], data: Float32Array.of(1, 0) },
};

/** The image (s, 0) and a bright one, both of the class 1, which is predicted of neither. */
function twoImages(s: number) {
  return { images: Float32Array.of(s, 0, 3, 1), labels: Uint16Array.of(1, 1), count: 2 };
}

/** d t of the image (s, 0): its distance to the boundary x2 = x1 + 1 by its norm, with overshoot and d = 5. */
function exponentOf(s: number): number {
  return 5 * 1.02 * (1 + s) / Math.SQRT2 / s;
}

async function regularizer(split: Omit<ReturnType<typeof twoImages>, "count">) {
  const engine = await sharedEngine(1);
  const defense = deepDefense({ lambda: 2 });
  const [whole, plain] = [
    await step(engine, network, defense, split, weights),
    await step(engine, network, clean(), split, weights),
  ];
  const gradients = difference(whole.gradients, plain.gradients);
  return { value: whole.regularizer, gradients, loss: whole.loss, plain: plain.loss };
}

for (const s of [0, 1e-30, 0.03, 0.1, 0.21]) {
  Deno.test(`Deep Defense leaves a wrong image of norm ${s} out of the regulariser, not of the cross-entropy`, async () => {
    assert.ok(exponentOf(s) > 20);
    const both = await regularizer(twoImages(s));
    const bright = await regularizer({
      images: Float32Array.of(3, 1),
      labels: Uint16Array.of(1),
    });
    assert.ok(Math.abs(both.value - (2 + bright.value) / 2) < 1e-5, `${both.value}`);
    for (const [name, values] of Object.entries(both.gradients)) {
      values.forEach((g, i) => {
        const own = bright.gradients[name]![i]! / 2;
        assert.ok(
          Math.abs(g - own) < 1e-5 * Math.max(1, Math.abs(own)),
          `${name}: ${g} is not ${own}`,
        );
      });
    }
    assert.equal(both.loss, both.plain);
  });
}

for (const s of [0.23, 0.5, 2]) {
  Deno.test(`Deep Defense counts a wrong image of norm ${s} with exp(d t)`, async () => {
    const split = { images: Float32Array.of(s, 0), labels: Uint16Array.of(1) };
    const { value, gradients } = await regularizer(split);
    const expected = 2 * Math.exp(exponentOf(s));
    assert.ok(Math.abs(value - expected) < 1e-4 * expected, `${value} is not ${expected}`);
    assert.ok(gradients.bias!.every((g) => g !== 0));
  });
}

for (const s of [0, 1e-30, 0.03, 0.1]) {
  Deno.test(`Deep Defense trains on images of which one is wrong and of norm ${s}`, async () => {
    const engine = await sharedEngine(1);
    const regularizers: number[] = [];
    await train(engine, network, twoImages(s), {
      start: weights,
      defense: deepDefense({ lambda: 1, d: 5 }),
      epochs: 3,
      learningRates: [1e-3, 1e-3, 1e-3],
      onStep: ({ regularizer }) => void regularizers.push(regularizer),
    });
    assert.ok(
      regularizers.every((value, i) => value < (regularizers[i - 1] ?? 100)),
      `${regularizers}`,
    );
  });
}

Deno.test("a penalty's exponent has a limit where it is finite, and where R is exponential", () => {
  const options = { shape: "exponential", c: 25, d: 5 } as const;
  const rows: readonly [
    ...Parameters<typeof perturbationPenalty>,
    ReturnType<typeof perturbationPenalty>,
  ][] = [
    [4, false, options, { value: Math.exp(20), slope: 5 * Math.exp(20) }],
    [4.01, false, options, { value: 1, slope: 0 }],
    [1e300, false, options, { value: 1, slope: 0 }],
    [Infinity, false, options, { value: Infinity, slope: Infinity }],
    [4.01, true, options, { value: Math.exp(-25 * 4.01), slope: -25 * Math.exp(-25 * 4.01) }],
    [1e3, false, { ...options, shape: "linear" }, { value: 5e3, slope: 5 }],
  ];
  for (const [t, correct, given, expected] of rows) {
    assert.deepEqual(perturbationPenalty(t, correct, given), expected);
  }
});
