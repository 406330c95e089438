import { mean } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { blocksOf } from "../data/blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import { accuracy } from "../metrics/accuracy.ts";
import type { Weights } from "../networks/weights.ts";
import type { DefendOptions, DefendStart } from "./defend_options.ts";

/** The measurements of weights on held-out images. */
export interface HeldOutFigures {
  /** The share that is predicted right. */
  readonly accuracy: number;
  /** The mean of DeepFool's ||Delta_x|| / ||x|| over the first ones; null where none has a ratio. */
  readonly rho2: number | null;
}

/** Measures a model with other weights on held-out images. */
export interface HeldOutMeasures {
  readonly accuracy: (weights: Weights) => Promise<number>;
  /** Measures accuracy and rho_2; `phase` is the name for progress. */
  readonly figures: (weights: Weights, phase: string) => Promise<HeldOutFigures>;
}

/** Makes the measurements on held-out images: accuracy on all, rho_2 on the first ones. */
export function heldOutMeasures(
  { engine, model: { network } }: DefendStart,
  held: AnySplit,
  { attacked = 1000, within, signal, onProgress }: DefendOptions,
): HeldOutMeasures {
  const total = Math.min(attacked, held.count);
  const accuracyOf = (weights: Weights) => accuracy(engine, { network, weights }, held, { signal });
  return {
    accuracy: accuracyOf,
    async figures(weights, phase) {
      const ratios: number[] = [];
      for await (const { images, indices } of blocksOf(held, { to: total })) {
        const { ratios: own } = await deepfool(engine, { network, weights }, images, {
          within,
          signal,
          onProgress: (done) => onProgress?.({ phase, done: indices[0]! + done, total, note: "" }),
        });
        for (const ratio of own) ratios.push(ratio); // too many for one call
      }
      return { accuracy: await accuracyOf(weights), rho2: mean(ratios) ?? null };
    },
  };
}
