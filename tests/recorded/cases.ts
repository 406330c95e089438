import { deepfool, type DeepFoolOptions } from "../../lib/attacks/deepfool/deepfool.ts";
import {
  accuraciesUnderSign,
  fastGradientSign,
} from "../../lib/attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { fastMinimumNorm } from "../../lib/attacks/ascent/fast_minimum_norm.ts";
import { pgd } from "../../lib/attacks/ascent/pgd.ts";
import { predict } from "../../lib/compute/predict.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import type { Split } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { advTrain2 } from "../../lib/defenses/adv_train_2.ts";
import { clean } from "../../lib/defenses/clean.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../../lib/defenses/defense.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { dense } from "../../lib/layers/dense.ts";
import { dropout } from "../../lib/layers/dropout.ts";
import { flatten } from "../../lib/layers/flatten.ts";
import { relu } from "../../lib/layers/activations/relu.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { trained } from "../bench/problems.ts";
import { step } from "../defenses/step.ts";

/** Numbers by name. */
export type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** Something whose results are recorded. */
export interface Case {
  readonly name: string;
  readonly run: (engine: Engine) => Promise<Numbers>;
}

interface Problem {
  readonly network: Network;
  readonly weights: Weights;
  readonly split: Split;
}

const count = 50;

/** Every fifth label is moved to the next class, so that some samples are predicted wrong. */
function relabelled({ images, labels }: Split): Split {
  return {
    images,
    labels: labels.map((label, i) => i % 5 === 4 ? (label + 1) % 10 : label),
    count,
  };
}

/** An MLP with dropout. */
function withDropout(): Network {
  const layers = serial({
    flatten: flatten(),
    fc1: dense(40, { deviation: 0.01 }),
    relu1: relu(),
    dropout: dropout(0.4),
    fc2: dense(10, { deviation: 0.1 }),
  });
  return defineNetwork({ name: "with-dropout", inputShape: [1, 28, 28], layers });
}

function attackCases(problem: () => Promise<Problem>, name: string): Case[] {
  const attacked = (options: DeepFoolOptions) => async (engine: Engine) => {
    const { network, weights, split } = await problem();
    const { count: _, ...result } = await deepfool(
      engine,
      { network, weights },
      split.images,
      options,
    );
    return result;
  };
  const of = (what: string, run: (engine: Engine, own: Problem) => Promise<Numbers>): Case => ({
    name: `${name} ${what}`,
    run: async (engine) => await run(engine, await problem()),
  });
  return [
    of("predict", async (engine, { network, weights, split }) => ({
      ...await predict(engine, { network, weights }, split.images),
    })),
    ...[1, 1.5, 2, Infinity].map((p) => ({
      name: `${name} deepfool p=${p}`,
      run: attacked({ p, earlier: 2 }),
    })),
    { name: `${name} deepfool candidates=3`, run: attacked({ candidates: 3, iterations: 3 }) },
    of("deepfool towards", async (engine, { network, weights, split }) => {
      const { predicted, perturbations, iterations, fooledAs } = await deepfool(
        engine,
        { network, weights },
        split.images,
        { targets: split.labels.map((label) => (label + 3) % 10) },
      );
      return { predicted, perturbations, iterations, fooledAs };
    }),
    of("fgs", async (engine, { network, weights, split: { images, labels } }) => {
      const result = await fastGradientSign(engine, { network, weights }, images, {
        labels,
        epsilon: 20,
      });
      const { perturbations, predicted, fooledAs, norms } = result;
      return { perturbations, predicted, fooledAs, norms };
    }),
    of("fgs accuracies", async (engine, { network, weights, split: { images, labels } }) => ({
      accuracies: await accuraciesUnderSign(engine, { network, weights }, images, labels, [
        0,
        10,
        30,
      ]),
    })),
    ...[2, Infinity].map((p) =>
      of(`pgd p=${p}`, async (engine, { network, weights, split: { images, labels } }) => {
        const options = { epsilon: p === 2 ? 500 : 15, p, steps: 10, restarts: 2 };
        const { count: _, ...result } = await pgd(engine, { network, weights }, images, {
          labels,
          ...options,
        });
        return result;
      })
    ),
    ...[true, false].map((given) =>
      of(`fmn labels=${given}`, async (engine, { network, weights, split: { images, labels } }) => {
        const options = { steps: 20, ...(given ? { labels } : {}) };
        const { count: _, ...result } = await fastMinimumNorm(
          engine,
          { network, weights },
          images,
          options,
        );
        return result;
      })
    ),
  ];
}

const defenses: Readonly<Record<string, () => Defense>> = {
  "clean": clean,
  "adv_train_2": () => advTrain2({ share: 0.5, epsilon: 10 }),
  "deep_defense p=2": deepDefense,
  "deep_defense p=inf": () => deepDefense({ p: Infinity }),
  "deep_defense away": () => deepDefense({ wrong: "away", shape: "linear", candidates: 4 }),
  "deep_defense layer": () => deepDefense({ layer: "fc1", iterations: 2 }),
  "deep_defense_adv_train_2": () => deepDefense({ mixture: { share: 0.5, epsilon: 10 } }),
};

function stepCases(problem: () => Promise<Problem>, name: string): Case[] {
  return Object.entries(defenses).map(([defense, make]) => ({
    name: `${name} step ${defense}`,
    run: async (engine) => {
      const { network, weights, split } = await problem();
      const { gradients, ...record } = await step(engine, network, make(), split, weights);
      const numbers = Object.entries(record).map(([key, value]) => [key, [value]] as const);
      return { ...Object.fromEntries(numbers), ...gradients };
    },
  }));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

const digits = once(async () => {
  const dataset = firstImages(await loadDataset("mnist"), { train: 1, test: count });
  return { dataset, split: relabelled(dataset.test) };
});

const trainedOn = (name: string) =>
  once(async () => {
    const { dataset, split } = await digits();
    return { ...await trained(name, dataset), split };
  });

const untrained = once(async () => {
  const network = withDropout();
  return { network, weights: network.init("recorded"), split: (await digits()).split };
});

/** One training step of every kind, and every attack, on 50 digits. */
export const cases: readonly Case[] = [
  ...["mlp", "lenet"].flatMap((name) => {
    const problem = trainedOn(name);
    return [...attackCases(problem, name), ...stepCases(problem, name)];
  }),
  ...stepCases(untrained, "with-dropout"),
];
