import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { readFirst } from "../data/blocks.ts";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import { advTrain1 } from "../defenses/adv_train_1.ts";
import { advTrain2 } from "../defenses/adv_train_2.ts";
import { clean } from "../defenses/clean.ts";
import { deepDefense } from "../defenses/deep_defense/deep_defense.ts";
import type { Defense } from "../defenses/defense.ts";
import { parseval } from "../defenses/parseval.ts";
import type { Engine } from "../engine/engine.ts";
import { UserError } from "../engine/user_error.ts";
import type { PenaltyShape } from "../losses/perturbation_penalty.ts";
import type { Model } from "../networks/model.ts";

/** A method's settings as plain data, as config.json holds them. */
export type MethodSettings = Readonly<Record<string, number | string>>;

/** What fine-tuning starts from. */
export interface Start {
  readonly engine: Engine;
  readonly model: Model;
  readonly dataset: Dataset | StreamedDataset;
}

/** A way of fine-tuning a reference network. */
export interface Method {
  /** What it uses on a network unless an experiment says otherwise. */
  readonly settings: (network: string) => MethodSettings;
  /** Makes its defense. */
  readonly defense: (settings: MethodSettings, start: Start) => Promise<Defense>;
}

/** The paper's Deep Defense on MNIST and of CIFAR-10's ConvNet (Section 4). */
const deepDefenseSettings = { lambda: 15, c: 25, d: 5 };

/** Of the loss under attack, half (Goodfellow et al. 2015); epsilon suits pixels of 0-255. */
const signSettings = { fgs_share: 0.5, fgs_epsilon: 30 };

/** The paper's Deep Defense on ImageNet. */
const onImagenet = { lambda: 5, c: 500 };

/** Settings that a network has of its own: the paper's, but for epsilon, which is our choice for its inputs. */
const own: Readonly<Record<string, MethodSettings>> = {
  convnet: { beta: 3e-4, fgs_epsilon: 2 },
  nin: { beta: 3e-4, fgs_epsilon: 2, c: 70 },
  alexnet: { ...onImagenet, fgs_epsilon: 1 },
  alexnet_torchvision: { ...onImagenet, fgs_epsilon: 0.02 },
  resnet18: { ...onImagenet, fgs_epsilon: 0.02 },
  // In pixels 0-255.
  [unknownOn("cifar10")]: { beta: 3e-4, fgs_epsilon: 8 },
  [unknownOn("imagenet")]: { ...onImagenet, fgs_epsilon: 4 },
};

/** Whose settings a network has that the project does not know: those of its dataset, by the dataset's id. */
export function unknownOn(dataset: string): string {
  return `unknown on ${dataset.split(":")[0]}`;
}

/** Settings, with a network's own in place of the usual ones. */
function withOwn(usual: MethodSettings, ofNetworks = own): Method["settings"] {
  return (network) =>
    Object.fromEntries(
      Object.entries(usual).map(([key, value]) => [key, ofNetworks[network]?.[key] ?? value]),
    );
}

/** The ways of fine-tuning that experiments compare, by identifier. */
export const methods: Readonly<Record<string, Method>> = {
  clean: { settings: () => ({}), defense: () => Promise.resolve(clean()) },
  parseval: {
    settings: withOwn({ beta: 1e-4, share: 0.3 }),
    defense: ({ beta, share }) =>
      Promise.resolve(parseval({ beta: Number(beta), share: Number(share) })),
  },
  adv_train_1: {
    settings: () => ({ scale: 1 }),
    defense: async (settings, start) =>
      advTrain1({ examples: await examples(start, Number(settings.scale)), settings }),
  },
  adv_train_2: {
    // As the search chose: on the MLP stronger examples cost accuracy.
    settings: withOwn(signSettings, { ...own, mlp: { fgs_epsilon: 10 } }),
    defense: (settings) => Promise.resolve(advTrain2(mixture(settings))),
  },
  deep_defense: { settings: withOwn(deepDefenseSettings), defense: regularized },
  deep_defense_adv_train_2: {
    settings: withOwn({ ...deepDefenseSettings, ...signSettings }),
    defense: regularized,
  },
};

/** All methods, the reference first. */
export const methodNames: readonly string[] = ["reference", ...Object.keys(methods)];

/** DeepFool's examples of all training images, their perturbations scaled. */
async function examples({ engine, model, dataset }: Start, scale: number) {
  const { train } = dataset;
  if (!("images" in train)) {
    throw new UserError(
      `preparing Adv. Train I: expected training images in memory, got ${dataset.title}'s ${train.count}, which are read on demand`,
    );
  }
  const { images } = train;
  const { perturbations } = await deepfool(engine, model, images);
  return images.map((x, i) => x + scale * perturbations[i]!);
}

function mixture({ fgs_share, fgs_epsilon }: MethodSettings) {
  return { share: Number(fgs_share), epsilon: Number(fgs_epsilon) };
}

/**
 * Deep Defense, with what experiments vary: `p` a number or `inf`; `iterations`; `shape`; `wrong`; `layer`; and, in place of
 * a number, `matched`: c such that the mean of c ||Delta_x|| / ||x|| at the start is what c = 25 gives with p = 2, or
 * lambda such that a linear R pushes samples that are predicted right as hard at the start, on average, as the
 * exponential one with lambda = 15.
 */
async function regularized(settings: MethodSettings, start: Start): Promise<Defense> {
  const { lambda, c, d, p = 2, iterations = 5, shape, wrong, layer } = settings;
  const norm = p === "inf" ? Infinity : Number(p);
  return deepDefense({
    lambda: lambda === "matched" ? await matchedLambda(start) : Number(lambda),
    c: c === "matched" ? await matchedC(start, norm) : Number(c),
    d: Number(d),
    p: norm,
    iterations: Number(iterations),
    ...(shape ? { shape: shape as PenaltyShape } : {}),
    ...(wrong ? { wrong: wrong as "away" } : {}),
    ...(layer ? { layer: String(layer) } : {}),
    ...(settings.fgs_share ? { mixture: mixture(settings) } : {}),
  });
}

async function matchedC(start: Start, p: number): Promise<number> {
  const mean = (ratios: Float32Array) => ratios.reduce((sum, t) => sum + t, 0) / ratios.length;
  const [euclidean, other] = [await ratiosAtStart(start, 2), await ratiosAtStart(start, p)];
  return deepDefenseSettings.c * mean(euclidean) / mean(other);
}

async function matchedLambda(start: Start): Promise<number> {
  const { lambda, c } = deepDefenseSettings;
  const ratios = await ratiosAtStart(start, 2);
  return lambda * ratios.reduce((sum, t) => sum + Math.exp(-c * t), 0) / ratios.length;
}

/** ||Delta_x||_p / ||x||_p of the first training images that have a ratio, under the attack that training uses. */
async function ratiosAtStart({ engine, model, dataset }: Start, p: number) {
  const { images } = await readFirst(dataset.train, 1000);
  const { ratios } = await deepfool(engine, model, images, { p, iterations: 5 });
  return ratios.filter((ratio) => !Number.isNaN(ratio));
}
