import { predict } from "../attacks/predict.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";

/** The share of a split's samples that a network predicts right, in 0..1. */
export async function accuracy(
  engine: Engine,
  network: Network,
  weights: Weights,
  split: Split,
): Promise<number> {
  const { labels } = await predict(engine, network, weights, split.images);
  return labels.reduce((right, label, i) => right + Number(label === split.labels[i]), 0) /
    split.count;
}
