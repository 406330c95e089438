import type { Within } from "../attacks/within.ts";
import type { Split, StreamedSplit } from "../data/dataset.ts";
import type { Defense } from "../defenses/defense.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../networks/model.ts";
import type { DefendState } from "./defend_state.ts";

/** What a defense is made for. */
export interface DefendStart {
  /** What the model runs in. */
  readonly engine: Engine;
  /** The model before the first step. */
  readonly model: Model;
  /** The training images without those that are held out. */
  readonly train: Split | StreamedSplit;
}

/** How far the work is. */
export interface DefendProgress {
  /** What is done: "measuring", "choosing the learning rate", "training". */
  readonly phase: string;
  /** How much of it is done: steps, images. */
  readonly done: number;
  /** How much there is. */
  readonly total: number;
  /** More to say, commas between the parts; empty where there is nothing. */
  readonly note: string;
}

/** How to run {@link defend}. */
export interface DefendOptions {
  /** The way to train, or what makes it; Deep Defense with lambda 15, d 5 and the c of {@link cFor} unless given. */
  readonly defense?: Defense | ((start: DefendStart) => Promise<Defense>);
  /** How many times the training images are gone through; 5 unless given. */
  readonly epochs?: number;
  /** The learning rate, halved in the last fifth of the epochs; the largest that a short trial finds harmless unless given. */
  readonly learningRate?: number;
  /** Samples in a step's batch; 100 unless given. */
  readonly batch?: number;
  /** Whether each batch is flipped left to right, all of it, with a probability of a half; not unless given. */
  readonly flips?: boolean;
  /** Names the order of the samples, which batches are flipped, and the masks of dropout; 0 unless given. */
  readonly seed?: number;
  /** How much of the held-out accuracy at the start an epoch may lose and still be kept, in 0..1; 0.005 unless given. */
  readonly accuracyLoss?: number;
  /**
   * How many training images are held out to choose on, at least 1, or other images to choose on; a tenth of the training
   * images, at most 5,000, unless given. A model that was trained on the held-out images is more accurate there than on new ones
   * and forgets some of them: images that it has not seen judge better.
   */
  readonly heldOut?: number | Split | StreamedSplit;
  /** How many of the held-out images are attacked after every epoch, at least 1; 1,000 unless given. */
  readonly attacked?: number;
  /** The box that DeepFool stays in where rho_2 is measured, as for `deepfool`; none unless given. */
  readonly within?: Within | undefined;
  /** Where an earlier run stopped, to go on from there to the same bits; from the beginning unless given. */
  readonly from?: DefendState | undefined;
  /** Called as work is done. */
  readonly onProgress?: (progress: DefendProgress) => void;
  /**
   * Called after every step and every epoch; `state` copies the state. `isDue` after the last step of an epoch and after an
   * epoch is measured: what comes next takes a while.
   */
  readonly onState?: (state: () => DefendState, isDue: boolean) => void | Promise<void>;
  /** Stops the work after the step or the images under way. */
  readonly signal?: AbortSignal;
}
