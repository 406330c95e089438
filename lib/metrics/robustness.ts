import { mean } from "d3-array";
import { norm } from "../attacks/norms.ts";
import type { DeepFoolResult } from "../attacks/deepfool.ts";
import type { Dataset } from "../data/dataset.ts";

/**
 * rho_2 (Eq. 7): the mean over all samples of ||Delta_x||_2 / ||x||_2, x preprocessed; samples that were not fooled
 * within the limit count with the perturbation they have.
 */
export function rho2({ ratios }: Pick<DeepFoolResult, "ratios">): number {
  return mean(ratios) ?? NaN;
}

/** rho_2 at the lower of an attack's two iteration limits. */
export function rho2Earlier({ earlierRatios }: DeepFoolResult): number {
  return mean(earlierRatios) ?? NaN;
}

/** rho_2 in pixels: the perturbation and the image are taken back through the preprocessing first. */
export function rho2Pixels(
  { perturbations, count }: Pick<DeepFoolResult, "perturbations" | "count">,
  { toPixels, ...splits }: Dataset,
  split: "train" | "test",
): number {
  const { images } = splits[split];
  const length = perturbations.length / count;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const x = images.subarray(i * length, (i + 1) * length);
    const original = toPixels(x, split, i);
    const perturbed = toPixels(
      x.map((value, j) => value + perturbations[i * length + j]!),
      split,
      i,
    );
    sum += norm(perturbed.map((value, j) => value - original[j]!)) / norm(original);
  }
  return sum / count;
}

/** The share of samples that were fooled within the limit. */
export function fooledRate({ fooled }: Pick<DeepFoolResult, "fooled">): number {
  return mean(fooled) ?? NaN;
}

/** Iterations a sample, on average. */
export function meanIterations({ iterations }: DeepFoolResult): number {
  return mean(iterations) ?? NaN;
}
