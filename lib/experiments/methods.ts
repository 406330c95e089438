import { mean } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { readFirst } from "../data/blocks.ts";
import { advTrain1 } from "../defenses/adv_train_1.ts";
import { advTrain2 } from "../defenses/adv_train_2.ts";
import { clean } from "../defenses/clean.ts";
import { deepDefense } from "../defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../defenses/defense.ts";
import { parseval } from "../defenses/parseval.ts";
import { UserError } from "../engine/user_error.ts";
import { type Method, type MethodSettings, type Start, unknownOn } from "../jobs/method.ts";
import type { PenaltyShape } from "../losses/perturbation_penalty.ts";

/** The paper's Deep Defense on MNIST and for CIFAR-10's ConvNet (Section 4). */
const deepDefenseSettings = { lambda: 15, c: 25, d: 5 };

/** Half of the loss is under attack (Goodfellow et al. 2015); epsilon is for pixels 0-255. */
const signSettings = { fgs_share: 0.5, fgs_epsilon: 30 };

/** The paper's Deep Defense on ImageNet. */
const onImagenet = { lambda: 5, c: 500 };

/** Parseval training on CIFAR-10: the paper's beta, and filters of the norm that the method's own paper gives them. */
const parsevalOnCifar10 = { beta: 3e-4, window_exponent: 0.25 };

/** The settings for particular networks: the paper's, except epsilon, which is our choice for their inputs. */
const own: Readonly<Record<string, MethodSettings>> = {
  convnet: { ...parsevalOnCifar10, fgs_epsilon: 2 },
  nin: { ...parsevalOnCifar10, fgs_epsilon: 2, c: 70 },
  alexnet: { ...onImagenet, fgs_epsilon: 1 },
  alexnet_torchvision: { ...onImagenet, fgs_epsilon: 0.02 },
  resnet18: { ...onImagenet, fgs_epsilon: 0.02 },
  // In pixels 0-255.
  [unknownOn("cifar10")]: { ...parsevalOnCifar10, fgs_epsilon: 8 },
  [unknownOn("imagenet")]: { ...onImagenet, fgs_epsilon: 4 },
};

/** Settings in which a network's own replace the usual ones. */
function withOwn(usual: MethodSettings, ofNetworks = own): Method["settings"] {
  return (network) =>
    Object.fromEntries(
      Object.entries(usual).map(([key, value]) => [key, ofNetworks[network]?.[key] ?? value]),
    );
}

/** The ways of fine-tuning that experiments compare, in the order of the paper's tables. */
export const fineTunings = [
  {
    id: "clean",
    title: "Clean",
    settings: () => ({}),
    epochWork: 2,
    defense: () => Promise.resolve(clean()),
  },
  {
    id: "parseval",
    title: "Par. Train",
    settings: withOwn({ beta: 1e-4, share: 0.3, window_exponent: 0 }),
    epochWork: 2,
    defense: ({ beta, share, window_exponent }) =>
      Promise.resolve(parseval({
        beta: Number(beta),
        share: Number(share),
        windowExponent: Number(window_exponent),
      })),
  },
  {
    id: "adv_train_1",
    title: "Adv. Train I",
    settings: () => ({ scale: 1 }),
    epochWork: 2.5,
    defense: async (settings, start) =>
      advTrain1({ examples: await examples(start, Number(settings.scale)), settings }),
  },
  {
    id: "adv_train_2",
    title: "Adv. Train II",
    // Chosen by the search: on the MLP stronger examples cost accuracy.
    settings: withOwn(signSettings, { ...own, mlp: { fgs_epsilon: 10 } }),
    epochWork: 3,
    defense: (settings) => Promise.resolve(advTrain2(mixture(settings))),
  },
  {
    id: "deep_defense",
    title: "Deep Defense",
    settings: withOwn(deepDefenseSettings),
    epochWork: 7,
    defense: regularized,
  },
  {
    id: "deep_defense_adv_train_2",
    title: "Deep Defense + Adv. Train II",
    settings: withOwn({ ...deepDefenseSettings, ...signSettings }),
    epochWork: 8,
    defense: regularized,
  },
] as const satisfies readonly Method[];

/** The start of fine-tuning: trained without a defense. */
const reference = { id: "reference", title: "Reference" } as const;

/** All methods, the reference first. */
export const methods = [reference, ...fineTunings] as const;

/** A method's identifier, as in flags, columns and file names. */
export type MethodId = typeof methods[number]["id"];

/** The methods' identifiers. */
export const methodNames: readonly MethodId[] = methods.map(({ id }) => id);

/** The method of an identifier in {@link methodNames}. */
export function methodOf(id: string): Method {
  return fineTunings.find((method) => method.id === id)!;
}

/** DeepFool's examples of all training images, their perturbations scaled. */
async function examples({ engine, model, dataset, ...watch }: Start, scale: number) {
  const { train } = dataset;
  if (!("images" in train)) {
    throw new UserError(
      `preparing Adv. Train I: expected training images in memory, got ${dataset.title}'s ${train.count}, which are read on demand`,
    );
  }
  const { images } = train;
  const { perturbations } = await deepfool(engine, model, images, watch);
  return images.map((x, i) => x + scale * perturbations[i]!);
}

function mixture({ fgs_share, fgs_epsilon }: MethodSettings) {
  return { share: Number(fgs_share), epsilon: Number(fgs_epsilon) };
}

/**
 * Deep Defense with the settings that experiments vary: `p`, a number or `inf`; `iterations`; `shape`; `wrong`; `layer`; and, in place of
 * a number, `scaled`: c such that the mean of c ||Delta_x|| / ||x|| at the start is 0.8, as with the paper's c = 500 for
 * ResNet-18; or `matched`: c such that it is what c = 25 gives with p = 2, or
 * lambda such that a linear R has the same mean slope at the start, for samples predicted right, as the
 * exponential one with lambda = 15.
 */
async function regularized(settings: MethodSettings, start: Start): Promise<Defense> {
  const { lambda, c, d, p = 2, iterations = 5, shape, wrong, layer } = settings;
  const norm = p === "inf" ? Infinity : Number(p);
  return deepDefense({
    lambda: lambda === "matched" ? await matchedLambda(start) : Number(lambda),
    c: await scaleOf(c!, start, norm),
    d: Number(d),
    p: norm,
    iterations: Number(iterations),
    ...(shape ? { shape: shape as PenaltyShape } : {}),
    ...(wrong ? { wrong: wrong as "away" } : {}),
    ...(layer ? { layer: String(layer) } : {}),
    ...(settings.fgs_share ? { mixture: mixture(settings) } : {}),
  });
}

async function scaleOf(c: number | string, start: Start, p: number): Promise<number> {
  if (c === "matched") return await matchedC(start, p);
  return c === "scaled" ? 0.8 / mean(await ratiosAtStart(start, p))! : Number(c);
}

async function matchedC(start: Start, p: number): Promise<number> {
  const [euclidean, other] = [await ratiosAtStart(start, 2), await ratiosAtStart(start, p)];
  return deepDefenseSettings.c * mean(euclidean)! / mean(other)!;
}

async function matchedLambda(start: Start): Promise<number> {
  const { lambda, c } = deepDefenseSettings;
  const ratios = await ratiosAtStart(start, 2);
  return lambda * mean(ratios, (t: number) => Math.exp(-c * t))!;
}

/** ||Delta_x||_p / ||x||_p of the first training images that have a ratio, under the attack that training uses. */
async function ratiosAtStart({ engine, model, dataset, ...watch }: Start, p: number) {
  const { images } = await readFirst(dataset.train, 1000);
  const { ratios } = await deepfool(engine, model, images, { p, iterations: 5, ...watch });
  return ratios.filter((ratio) => !Number.isNaN(ratio));
}
