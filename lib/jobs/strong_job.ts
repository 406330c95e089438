import { mean, median } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { fastGradientSign } from "../attacks/fast_gradient_sign/fast_gradient_sign.ts";
import { fastMinimumNorm } from "../attacks/ascent/fast_minimum_norm.ts";
import { pgd } from "../attacks/ascent/pgd.ts";
import { readFirst } from "../data/blocks.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { gradientMaskingChecks } from "../metrics/gradient_masking.ts";
import { smallestNorms, worstCaseAccuracy } from "../metrics/worst_case.ts";
import type { Model } from "../networks/model.ts";
import type { Context } from "./context.ts";
import { modelInWords } from "./describe_model.ts";
import type { StrongJob, TrainJob } from "./jobs.ts";
import type { Kind, Outcome, StrongResult } from "./kind.ts";
import { readAttacks, readRunWeights } from "./run_folder.ts";
import { rulersEpsilon } from "./sign_job.ts";

/** The parts of the reference strength at which accuracies are measured. */
const parts = [0.2, 0.5, 1] as const;

/** The strengths of the checks for masked gradients, in parts of eps_ref. */
const maskingParts = [0.1, 0.2, 0.5, 1, 2] as const;

interface Target {
  readonly engine: Engine;
  readonly model: Model;
  readonly split: Split;
}

/** Attacks a trained network with attacks that no training used. */
export const strongKind: Kind<"strong"> = {
  needs: ({ model, ruler }) => [
    { job: model, file: "model" },
    { job: ruler },
    { job: ruler.model, file: "attacks" },
  ],
  describe: ({ model }) => `${modelInWords(model)} under stronger attacks`,
  work: ({ images }) => images / 500,
  run: runStrongJob,
};

/**
 * Measures a model under attacks that no training used: the fast minimum-norm attack; PGD in the maximum norm at parts of
 * eps_ref, and in l2 at parts of the radius where DeepFool fools half of the Deep Defense network's images; every
 * sample's worst case; and the signs of masked gradients. Without an eps_ref there are only DeepFool and FMN.
 */
export async function runStrongJob(
  job: StrongJob,
  context: Context,
): Promise<Outcome<StrongResult>> {
  const { signal, onProgress } = context;
  const begun = performance.now();
  const target = {
    engine: context.engine,
    model: await modelOf(job.model, context),
    split: await firstImagesFor(job, context),
  };
  let done = 0;
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    onProgress({ job, phase: name, done: done++, total: 4 });
    return await work();
  };
  const distances = await phase("minimum-norm attacks", () => underMinimumNorm(target));
  const epsilon = await rulersEpsilon(job.ruler, context);
  const radius = await rulersRadius(job.ruler.model, context);
  const found = { images: target.split.count, ...distances };
  const result = epsilon === null ? found : {
    ...found,
    ...await phase("maximum-norm attacks", () => underMaximumNorm(target, epsilon)),
    ...await phase("l2 attacks", () => underEuclideanNorm(target, radius)),
    ...await phase("checks for masked gradients", () => masking(target, epsilon)),
  };
  return { result, durationSeconds: (performance.now() - begun) / 1000 };
}

/** A trained network. */
export async function modelOf(
  job: TrainJob,
  { networkOf, folderOf }: Context,
): Promise<Model> {
  const network = networkOf(job.network);
  return { network, weights: await readRunWeights(folderOf(job), network) };
}

/** The first test images, in memory. */
export function firstImagesFor(
  { network, images }: Pick<StrongJob, "network" | "images">,
  { datasetOf }: Context,
): Promise<Split> {
  return readFirst(datasetOf(network).test, images);
}

/** The l2 distance within which DeepFool fools half of a network's test images. */
async function rulersRadius(model: TrainJob, { folderOf }: Context): Promise<number> {
  return median(await readAttacks(folderOf(model)), ({ norm }: { norm: number }) => norm)!;
}

async function underMinimumNorm({ engine, model, split }: Target) {
  const quick = await deepfool(engine, model, split.images);
  const strong = await fastMinimumNorm(engine, model, split.images);
  const { norms } = smallestNorms([quick, strong]);
  // Matches each norm with DeepFool's ratio for the same image.
  const worst = norms.map((norm, i) => quick.ratios[i]! * norm / quick.norms[i]!)
    .filter(Number.isFinite);
  const average = (ratios: Float32Array) => mean(ratios) ?? null;
  return {
    rho2_deepfool: average(quick.ratios),
    rho2_fmn: average(strong.ratios),
    rho2_worst: average(worst),
  };
}

async function underMaximumNorm({ engine, model, split }: Target, reference: number) {
  const { images, labels } = split;
  const figures: Record<`acc_${string}`, number> = {};
  for (const part of parts) {
    const epsilon = part * reference;
    const sign = await fastGradientSign(engine, model, images, { labels, epsilon });
    const strong = await pgd(engine, model, images, { labels, epsilon });
    figures[`acc_fgs_${part.toFixed(1)}`] = worstCaseAccuracy(labels, [sign]);
    figures[`acc_pgd_${part.toFixed(1)}`] = worstCaseAccuracy(labels, [strong]);
    figures[`acc_worst_${part.toFixed(1)}`] = worstCaseAccuracy(labels, [sign, strong]);
  }
  return figures;
}

async function underEuclideanNorm({ engine, model, split }: Target, radius: number) {
  const { images, labels } = split;
  const figures: Record<`acc_${string}`, number> = {};
  for (const part of parts) {
    const options = { labels, epsilon: part * radius, p: 2 };
    const strong = await pgd(engine, model, images, options);
    figures[`acc_pgd_l2_${part.toFixed(1)}`] = worstCaseAccuracy(labels, [strong]);
  }
  return { radius_ref: radius, ...figures };
}

async function masking({ engine, model, split }: Target, reference: number) {
  const checks = await gradientMaskingChecks(engine, model, split, {
    epsilons: maskingParts.map((part) => part * reference),
  });
  return { masking: checks.map(({ name, holds, detail }) => ({ name, holds, detail })) };
}
