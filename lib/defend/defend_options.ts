import type { AttackOptions } from "../attacks/attacked.ts";
import type { Within } from "../attacks/within.ts";
import type { AnySplit } from "../data/dataset.ts";
import type { Defense } from "../defenses/defense.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../networks/model.ts";
import type { DefendState } from "./defend_state.ts";

/** What a defense needs to be made. */
export interface DefendStart {
  /** Where the model runs. */
  readonly engine: Engine;
  /** The model before the first step. */
  readonly model: Model;
  /** The training images without those that are held out. */
  readonly train: AnySplit;
}

/** The progress of the work. */
export interface DefendProgress {
  /** The current phase: "measuring", "choosing c", "preparing" where the defense is made, "choosing the learning rate", "training". */
  readonly phase: string;
  /** How much of it is done: steps, images. */
  readonly done: number;
  /** How much there is. */
  readonly total: number;
  /** Further information, parts separated by commas; may be empty. */
  readonly note: string;
}

/** Makes a defense that depends on the model before the first step. It shows how far it is, and stops when the signal aborts. */
export type MakeDefense = (
  start: DefendStart,
  watch: Pick<AttackOptions, "onProgress" | "signal">,
) => Promise<Defense>;

/** How to run {@link defend}. */
export interface DefendOptions {
  /** The defense, or a function that makes it; Deep Defense with lambda 15, d 5 and the c of {@link cFor} unless given. */
  readonly defense?: Defense | MakeDefense;
  /** The number of passes over the training images; 5 unless given. */
  readonly epochs?: number;
  /**
   * The learning rate, halved in the last fifth of the epochs, at least in the last one; unless given, the largest that a short trial finds harmless. Where no epoch
   * is kept with that one, or training diverges, it begins again with a third of it, at most twice.
   */
  readonly learningRate?: number;
  /** Samples per batch; 100 unless given. */
  readonly batch?: number;
  /** Whether whole batches are flipped left to right, each with probability 1/2; false unless given. */
  readonly flips?: boolean;
  /** The seed of the samples' order, the flips, and dropout's masks; 0 unless given. */
  readonly seed?: number;
  /** How much of the held-out accuracy at the start an epoch may lose and still be kept, in 0..1; 0.005 unless given. */
  readonly accuracyLoss?: number;
  /**
   * What an epoch is chosen on: test images, training images, or images of your own, none of which are then taken from the dataset;
   * test images unless given, training images where there are no others. A model that was trained on the images that are held out
   * is more accurate there than on new ones and forgets some of them: images that it has not seen judge better.
   */
  readonly chooseOn?: "test" | "train" | AnySplit;
  /**
   * How many images of the dataset are held out to choose on, at least 1; half of the test images or a tenth of the
   * training images, at most 5,000, unless given.
   */
  readonly heldOut?: number;
  /** How many of the held-out images are attacked after every epoch, at least 1; 1,000 unless given. */
  readonly attacked?: number;
  /** The box that DeepFool stays in where rho_2 is measured, as for `deepfool`; none unless given. */
  readonly within?: Within | undefined;
  /** The state of an earlier run, to resume from; the result is bit-identical. Training starts from the beginning unless given. */
  readonly from?: DefendState | undefined;
  /** Called as work is done. */
  readonly onProgress?: (progress: DefendProgress) => void;
  /** Called with a line of text when training begins again with a smaller learning rate. */
  readonly onNotice?: (text: string) => void;
  /**
   * Called after every step and every epoch; `state` copies the state. `isDue` is true after the last step of an epoch and after an
   * epoch's measurement, since the next phase takes a while.
   */
  readonly onState?: (state: () => DefendState, isDue: boolean) => void | Promise<void>;
  /** Stops the work after the current step or images. */
  readonly signal?: AbortSignal;
}
