import { normal, random } from "../../lib/engine/random.ts";
import { dense } from "../../lib/layers/dense.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";

/** A random affine classifier, samples, and how far they are from other classes. */
export interface AffineProblem {
  readonly network: Network;
  readonly weights: Weights;
  readonly images: Float32Array;
  /** The predicted classes. */
  readonly labels: Uint16Array;
  /** The distances to the nearest boundary. */
  readonly distances: readonly number[];
}

/**
 * Draws a problem; distances are in the norm whose dual is q, computed in float64.
 *
 * @param scale What the weights are multiplied by: the distances stay as they are.
 */
export function affineProblem(
  dimensions: number,
  classes: number,
  count: number,
  q: number,
  scale = 1,
): AffineProblem {
  const layers = dense(classes, { deviation: 1 });
  const network = defineNetwork({ name: "affine", inputShape: [dimensions], layers });
  const weights = scaled(network.init("affine", dimensions, classes), scale);
  const gauss = normal(random("affine images", dimensions, classes));
  const images = Float32Array.from({ length: count * dimensions }, () => 3 * gauss());
  const w = weights.weight!.data;
  const samples = Array.from({ length: count }, (_, i) => {
    const x = images.subarray(i * dimensions, (i + 1) * dimensions);
    const logit = (k: number) =>
      x.reduce((sum, value, j) => sum + value * w[k * dimensions + j]!, 0);
    const logits = Array.from({ length: classes }, (_, k) => logit(k));
    const label = logits.indexOf(Math.max(...logits));
    const distance = (k: number) => (logits[label]! - logits[k]!) / dualNorm(slope(k, label), q);
    const others = [...logits.keys()].filter((k) => k !== label);
    return { label, distance: Math.min(...others.map(distance)) };
  });
  function slope(k: number, label: number): number[] {
    return Array.from(
      { length: dimensions },
      (_, j) => w[k * dimensions + j]! - w[label * dimensions + j]!,
    );
  }
  return {
    network,
    weights,
    images,
    labels: Uint16Array.from(samples, ({ label }) => label),
    distances: samples.map(({ distance }) => distance),
  };
}

/**
 * The problem with every sample moved along the line to 0 until its distance is 1: without biases, distances shrink as samples do.
 * One attack then tests all samples at a radius just below or above their distance.
 */
export function equallyFar<Problem extends Pick<AffineProblem, "images" | "distances">>(
  problem: Problem,
): Problem {
  const { images, distances } = problem;
  const length = images.length / distances.length;
  return {
    ...problem,
    images: images.map((x, j) => x / distances[Math.floor(j / length)]!),
    distances: distances.map(() => 1),
  };
}

/** Weights times a number. */
export function scaled(weights: Weights, factor: number): Weights {
  const entries = Object.entries(weights).map(([name, { shape, data }]) =>
    [name, { shape, data: data.map((value) => factor * value) }] as const
  );
  return Object.fromEntries(entries);
}

function dualNorm(v: readonly number[], q: number): number {
  if (q === Infinity) return Math.max(...v.map(Math.abs));
  return v.reduce((sum, x) => sum + Math.abs(x) ** q, 0) ** (1 / q);
}
