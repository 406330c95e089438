import assert from "node:assert/strict";
import * as dd from "../lib/mod.ts";
import { type AttackFlags, attacks } from "../lib/attacks/attacks.ts";

const inputShape = [1, 8, 8];
const layers = dd.serial({ flatten: dd.flatten(), hidden: dd.dense(20), fc: dd.dense(4) });
const network = dd.defineNetwork({ name: "small", inputShape, layers });
const model = { network, weights: network.init("any") };
const count = 40;
const images = Float32Array.from({ length: 64 * count }, (_, i) => 100 + 100 * Math.sin(i * i));
const engine = await dd.createEngine({ workers: 2 });
addEventListener("unload", () => void engine[Symbol.asyncDispose]());
const labels = (await dd.predict(engine, model, images)).labels;
const split = { images, labels, count };
const perturbations = new Float32Array(images.length);
const attacked = await dd.deepfool(engine, model, images);

/** Much work: minutes of it, where nothing stops it. */
type Work = (signal: AbortSignal) => Promise<unknown>;

const steps = 60_000;
const rates = new Array(10_000).fill(1e-9);

/** What runs for long. */
const long: Record<string, Work> = {
  train: (signal) =>
    dd.train(engine, network, split, {
      start: model.weights,
      epochs: rates.length,
      learningRates: rates,
      signal,
    }),
  defend: (signal) =>
    dd.defend(engine, model, { train: split }, {
      epochs: rates.length,
      learningRate: 1e-9,
      heldOut: 10,
      signal,
    }),
  ...Object.fromEntries(
    ["fmn", "ddn", "fab", "pgd", "apgd_ce", "apgd_dlr", "square"].map((name) => [
      name,
      (signal: AbortSignal) => {
        const { run, options } = attacks[name]!;
        // A norm that cannot fool: the attack takes all of its steps.
        const flags = { ...options, iterations: steps, epsilon: 1e-6 } as AttackFlags;
        return run(engine, model, split, flags, { signal });
      },
    ]),
  ),
};

/** What may run for long, but is short here. */
const short: Record<string, Work> = {
  ...Object.fromEntries(
    Object.entries(attacks).map(([name, { run, options }]) => [
      name,
      (signal: AbortSignal) => {
        const flags = { ...options, epsilon: 1 } as AttackFlags;
        return run(engine, model, split, flags, { signal });
      },
    ]),
  ),
  predict: (signal) => dd.predict(engine, model, images, { signal }),
  accuracy: (signal) => dd.accuracy(engine, model, split, { signal }),
  fgsAccuracies: (signal) => dd.fgsAccuracies(engine, model, split, [1], { signal }),
  epsilonRef: (signal) => dd.epsilonRef(engine, model, split, { signal }),
  evaluate: (signal) => dd.evaluate(engine, model, split, { epsilons: [1], signal }),
  gradientMaskingChecks: (signal) =>
    dd.gradientMaskingChecks(engine, model, split, { epsilons: [1], signal }),
  warningSigns: (signal) => dd.warningSigns(engine, model, split, attacked, { signal }),
  gradientSigns: (signal) => dd.gradientSigns(engine, model, split, { signal }),
  roundingSigns: (signal) => dd.roundingSigns(engine, model, images, attacked, { signal }),
  transferred: (signal) => dd.transferred(engine, model, images, attacked, { signal }),
  transferMatrix: (signal) =>
    dd.transferMatrix(engine, [model], split, () => Promise.resolve(perturbations), { signal }),
  signTransfer: (signal) => dd.signTransfer(engine, [model], split, 1, { signal }),
  deepfoolTransfer: (signal) => dd.deepfoolTransfer(engine, [model], split, { signal }),
  startNorms: (signal) => dd.startNorms({ engine, model, train: split }, { signal }),
};

for (const [name, work] of Object.entries(long)) {
  Deno.test(`a signal stops ${name} in the middle, and the engine computes on`, async () => {
    const interrupt = new AbortController();
    const timer = setTimeout(() => interrupt.abort(new Error("enough")), 150);
    await assert.rejects(work(interrupt.signal), /enough/);
    clearTimeout(timer);
    assert.deepEqual((await dd.predict(engine, model, images)).labels, labels);
  });
}

for (const [name, work] of Object.entries(short)) {
  Deno.test(`${name} does nothing for a signal that has aborted`, async () => {
    await assert.rejects(work(AbortSignal.abort(new Error("enough"))), /enough/);
  });
}

Deno.test("a signal stops an evaluation's attacks", async () => {
  const interrupt = new AbortController();
  const runAttack = ({ run }: dd.PlannedAttack) => {
    interrupt.abort(new Error("enough"));
    return run(split);
  };
  const options = { epsilons: [1], signal: interrupt.signal, runAttack };
  await assert.rejects(dd.evaluate(engine, model, split, options), /enough/);
});
