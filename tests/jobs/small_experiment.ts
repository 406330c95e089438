import { Schema, Table, tableFromIPC, tableToIPC } from "apache-arrow";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { validationOf } from "../../lib/data/validation.ts";
import { noScale } from "../../lib/data/scale.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { Context } from "../../lib/jobs/context.ts";
import type { Job, WeightsFile } from "../../lib/jobs/jobs.ts";
import { type Plan, planOf, type PlanRequest } from "../../lib/experiments/plan.ts";
import { profileOn } from "../../lib/experiments/profiles/dataset_kinds.ts";
import { type Profile, profiles } from "../../lib/experiments/profiles/profiles.ts";
import type { Schedule } from "../../lib/jobs/schedule.ts";
import { smallMlp, smallSplit } from "../small_problem.ts";

/** A dataset of 1x6x6 images in 4 classes: an epoch is 3 steps. */
export const smallDataset: Dataset<Split> = {
  id: "small",
  title: "Small",
  checksum: "0".repeat(64),
  inputShape: [1, 6, 6],
  classes: 4,
  train: smallSplit(230, "train"),
  test: smallSplit(60, "test"),
  toPixels: (x) => x.slice(),
};

const fineTuning: Schedule = { epochs: 2, learningRate: 1e-3, lastFifth: 0.5 };

/** A profile of a few epochs. */
export const smallProfile: Profile = {
  name: "small",
  purpose: "tests",
  experiments: ["table1", "figure2"],
  methods: ["reference", "clean", "deep_defense"],
  networks: ["small"],
  seeds: [0],
  epochTestImages: 20,
  strongImages: 20,
  reference: { epochs: 3, learningRate: 0.05, lastFifth: 0.5 },
  fineTuning,
};

/** One seed of all methods of one network. */
export const smallSelection: PlanRequest = {
  profile: smallProfile,
  experiments: ["table1", "figure2"],
  networks: ["small"],
  methods: ["reference", "clean", "deep_defense"],
  seeds: [0],
};

/** An engine's face, for jobs that nothing computes. */
export const noEngine = { backend: "onnx", device: "cpu", workers: 1 } as Engine;

/** The plan of the small selection, with changes to it. */
export function smallPlan(change: Partial<PlanRequest> = {}): Plan {
  return planOf({ ...smallSelection, ...change }, { dataset: smallDataset, engine: noEngine });
}

/** The plan of a profile on MNIST, or on as many images as are named; with changes to the profile. */
export function mnistPlan(
  name: string,
  { train = 60_000, test = 10_000, id = "mnist", weights, ...change }: Partial<Profile> & {
    readonly id?: string;
    readonly weights?: WeightsFile;
    readonly train?: number;
    readonly test?: number;
  } = {},
): Plan {
  const profile = { ...profileOn(id, profiles[name]!), ...change };
  const dataset = {
    ...smallDataset,
    id,
    train: { ...smallDataset.train, count: profile.trainImages ?? train },
    test: { ...smallDataset.test, count: profile.testImages ?? test },
  };
  return planOf({ ...profile, profile, weights }, { dataset, engine: noEngine });
}

/** The jobs of the small selection, with changes to it. */
export function smallJobs(change: Partial<PlanRequest> = {}): readonly Job[] {
  return smallPlan(change).jobs;
}

/** What the small experiment runs with, its runs in `out`. */
export function smallContext(out: string, change: Partial<Context> = {}): Context {
  const network = smallMlp();
  return {
    engine: noEngine,
    dataset: smallDataset,
    datasetOf: () => smallDataset,
    pixelsOf: () => Promise.resolve({ test: smallDataset.test, scale: noScale }),
    validation: () => validationOf(smallDataset),
    networkOf: () => network,
    folderOf: ({ id }) => `${out}/runs/${id}`,
    epochTestImages: 20,
    checkpointSeconds: 0,
    onProgress: () => {},
    onNotice: () => {},
    signal: new AbortController().signal,
    ...change,
  };
}

/** The same Arrow file with other metadata in its schema. */
export function withMetadata(
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const { schema, batches } = tableFromIPC(bytes);
  const other = new Schema(schema.fields, new Map(Object.entries(metadata)));
  return tableToIPC(new Table(other, batches), "file");
}

/** Runs a test in a new folder that is removed after it. */
export async function inNewFolder<T>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
