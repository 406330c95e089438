import { mean } from "d3-array";
import type { Attacked } from "../../attacks/attacked.ts";
import { type AttackFlags, attacks } from "../../attacks/attacks.ts";
import type { Within } from "../../attacks/within.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import type { Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import { accuracy } from "../../metrics/accuracy.ts";
import { attackSigns, type WarningSign } from "../../metrics/warning_signs.ts";
import type { Model } from "../../networks/model.ts";
import { attackInBlocks } from "../shared/blocks.ts";

/** How well a model resists, on test images. */
export interface Resistance {
  /** The share of the test images that is predicted right; where they are read on demand, of the attacked ones. */
  readonly accuracy: number;
  /** The mean of DeepFool's ||Delta_x|| / ||x||; null where no image has a ratio. */
  readonly rho2: number | null;
  /** The same of the fast minimum-norm attack. */
  readonly rho2_fmn: number | null;
  /** The share that is predicted right before and after PGD. */
  readonly accuracy_pgd: number;
}

/** A warning sign, and the attack that it is of. */
export interface AttackSign extends WarningSign {
  readonly attack: string;
}

/** A model's resistance, and DeepFool's perturbations for pictures. */
export interface Compared {
  readonly figures: Resistance;
  readonly deepfool: Attacked;
  /** What says that rho_2 may be more, or less, than there is. */
  readonly signs: readonly AttackSign[];
}

/** What models are compared on, and how. */
export interface CompareOptions {
  /** The images to measure accuracy on. */
  readonly all: Split;
  /** The images to attack. */
  readonly attacked: Split;
  readonly within: Within | undefined;
  /** The strength of PGD, in the l2 norm. */
  readonly epsilon: number;
  /** Where finished blocks of images are kept until all are done. */
  readonly folder: string;
  /** A key of all that the results depend on. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly onProgress: (attack: string, done: number, total: number) => void;
}

/** The attacks that measure, with their flags. */
function measuring(epsilon: number) {
  return {
    deepfool: { ...attacks.deepfool!.options },
    fmn: { ...attacks.fmn!.options },
    pgd: { ...attacks.pgd!.options, norm: 2, epsilon },
  };
}

/** Values for the flags that an attack does not have. */
const unused: AttackFlags = {
  norm: NaN,
  epsilon: NaN,
  iterations: NaN,
  overshoot: NaN,
  restarts: NaN,
  "target-classes": NaN,
  seed: NaN,
};

/**
 * Measures a model on test images. Finished blocks of images are saved; the next call resumes after them.
 *
 * @throws {Interrupted} when the signal was raised.
 */
export async function compared(
  engine: Engine,
  model: Model,
  { all, attacked, within, epsilon, folder, key, signal, onProgress }: CompareOptions,
): Promise<Compared> {
  const right = await accuracy(engine, model, all);
  const results: Record<string, Attacked> = {};
  for (const [name, flags] of Object.entries(measuring(epsilon))) {
    const { run, title } = attacks[name]!;
    const whole = { ...unused, ...flags };
    const blocks = await attackInBlocks(attacked, {
      folder: `${folder}/${name}`,
      key: `${key} ${name} ${epsilon}`,
      size: chunkSizes(model.network, engine).block * engine.workers,
      signal,
      onProgress: (done, total) => onProgress(title, done, total),
      run: (block, onProgress) => run(engine, model, block, whole, { within, onProgress }),
    });
    results[name] = blocks.attacked;
  }
  const { deepfool, fmn, pgd } = results as Record<"deepfool" | "fmn" | "pgd", Attacked>;
  const stays = attacked.labels.map((label, i) =>
    Number(label === pgd.predicted[i] && label === pgd.fooledAs[i])
  );
  return {
    figures: {
      accuracy: right,
      rho2: mean(deepfool.ratios) ?? null,
      rho2_fmn: mean(fmn.ratios) ?? null,
      accuracy_pgd: mean(stays)!,
    },
    deepfool,
    signs: Object.entries({ deepfool, fmn }).flatMap(([name, attacked]) =>
      attackSigns(attacked).map((sign) => ({ ...sign, attack: attacks[name]!.title }))
    ),
  };
}
