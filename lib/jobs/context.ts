import type { AnySplit, Dataset } from "../data/dataset.ts";
import type { Scale } from "../data/scale.ts";
import type { Engine } from "../engine/engine.ts";
import type { Statistics } from "../layers/batch_norm.ts";
import type { Network } from "../networks/network.ts";
import type { Job, JobId } from "./jobs.ts";
import type { Weights } from "../networks/weights.ts";

/** The progress of a job. */
export interface Progress {
  readonly job: Job;
  /** What it is doing: "training", "attacking". */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Further information: loss, accuracy. */
  readonly note?: string;
}

/** Test images as pixels 0-255. */
export interface TestPixels {
  readonly test: AnySplit;
  /** How they become a network's inputs. */
  readonly scale: Scale;
}

/** What jobs run with. */
export interface Context {
  readonly engine: Engine;
  /** What the dataset is called. */
  readonly dataset: Pick<Dataset, "id" | "title">;
  /** The dataset as a network of this name takes it. */
  readonly datasetOf: (network: string) => Dataset;
  /** The same test images as pixels, read when they are asked for. */
  readonly pixelsOf: (network: string) => Promise<TestPixels>;
  /** The dataset that settings are chosen on; made when it is asked for. */
  readonly validation: () => Dataset;
  /**
   * The network of a name; the same object at every call, so that it is compiled once. Its batch normalisations use the running
   * statistics unless others are given.
   */
  readonly networkOf: (name: string, statistics?: Statistics) => Network;
  /** The reference's weights where they come from an ONNX file; unless given, they are read from the job's file. */
  readonly reference?: Weights;
  /** A job's folder. */
  readonly folderOf: (job: JobId) => string;
  /** Test images that are attacked after every epoch. */
  readonly epochTestImages: number;
  /** The most seconds between checkpoints. */
  readonly checkpointSeconds: number;
  readonly onProgress: (progress: Progress) => void;
  /** Called with problems that the run can recover from: a sentence without a full stop. */
  readonly onNotice: (text: string) => void;
  /** Stops the work after the step under way. */
  readonly signal: AbortSignal;
}
