import { UserError } from "../engine/user_error.ts";
import { decodeSafetensors, encodeSafetensors, type Weights } from "../networks/weights.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { type Columns, decodeTable, encodeTable, type Row } from "./arrow.ts";
import { readIfThere, removeIfThere, writeWhole } from "./files.ts";
import type { Json } from "./jobs.ts";
import type { EpochRow } from "./rows.ts";

/** metrics.arrow: a row per optimiser step, and one per epoch with step null; epochs are counted from 1. */
export const metricsColumns: Columns = {
  epoch: "short",
  step: "whole or null",
  loss: "single or null",
  regularizer: "single or null",
  lr: "real or null",
  train_accuracy: "single or null",
  test_accuracy: "real or null",
  rho2: "real or null",
  ms: "single",
};

/** attacks.arrow: a row per test image. */
export const attacksColumns: Columns = {
  index: "whole",
  label: "short",
  predicted: "short",
  fooled_as: "short",
  iterations: "short or null",
  norm: "single",
  ratio: "single",
};

/** The same for images in files. */
export const filedColumns: Columns = { ...attacksColumns, file: "text or null" };

/** The columns of attacks.arrow for these rows. */
export function attacksColumnsOf(rows: readonly Row[]): Columns {
  return rows.some(({ file }) => file) ? filedColumns : attacksColumns;
}

/** attacks.partial.arrow: attacks.arrow as it grows, with what the figures are made of besides. */
const partialColumns: Columns = {
  ...filedColumns,
  ratio_limit5: "single",
  ratio_pixels: "real",
  fooled: "short",
};

/** What config.json says of a run. */
export interface RunConfig {
  readonly id: string;
  readonly settings: Json;
  readonly profile: string;
  readonly machine: Json;
  /** `running`, `done` or `diverged`. */
  readonly status: string;
  /** Seconds of work, over all of the run's sittings. */
  readonly duration_seconds: number;
  readonly finished_at?: string;
  /** The measured figures, null where the run diverged. */
  readonly result?: Json;
}

const names = {
  config: "config.json",
  metrics: "metrics.arrow",
  attacks: "attacks.arrow",
  partialAttacks: "attacks.partial.arrow",
  model: "model.safetensors",
  checkpoint: "checkpoint.safetensors",
};

/** Training to go on from. */
export interface Saved {
  readonly checkpoint: Checkpoint;
  readonly rows: readonly Row[];
  readonly durationSeconds: number;
}

/** config.json of a run, if there is one. */
export async function readConfig(folder: string): Promise<RunConfig | undefined> {
  const bytes = await readIfThere(`${folder}/${names.config}`);
  return bytes && JSON.parse(new TextDecoder().decode(bytes));
}

/** Writes config.json. */
export async function writeConfig(folder: string, config: RunConfig): Promise<void> {
  await writeWhole(`${folder}/${names.config}`, `${JSON.stringify(config, null, 2)}\n`);
}

/** Writes metrics.arrow and then the checkpoint, so that the rows of every checkpoint are there. */
export async function saveCheckpoint(
  folder: string,
  { checkpoint, rows, durationSeconds }: Saved,
): Promise<void> {
  await writeMetrics(folder, rows);
  const tensors = {
    ...prefixed("weights", checkpoint.weights),
    ...prefixed("velocity", checkpoint.velocity),
  };
  const { epoch, step } = checkpoint;
  const metadata = {
    epoch: `${epoch}`,
    step: `${step}`,
    rows: `${rows.length}`,
    duration_seconds: `${durationSeconds}`,
  };
  await writeWhole(`${folder}/${names.checkpoint}`, encodeSafetensors(tensors, metadata));
}

/** The state that a run was saved in; rows written after it are left out. */
export async function readCheckpoint(folder: string): Promise<Saved | undefined> {
  const path = `${folder}/${names.checkpoint}`;
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  const { weights: tensors, metadata } = decodeSafetensors(bytes, path);
  const [epoch, step, count, durationSeconds] = ["epoch", "step", "rows", "duration_seconds"].map((
    key,
  ) => Number(metadata[key]));
  const checkpoint = {
    epoch: epoch!,
    step: step!,
    weights: unprefixed("weights", tensors),
    velocity: unprefixed("velocity", tensors),
  };
  const rows = (await readMetrics(folder)).slice(0, count);
  if (rows.length !== count) {
    throw new UserError(
      `reading ${folder}/${names.metrics}: expected the ${count} rows that the checkpoint beside it counts, got ${rows.length}`,
    );
  }
  return { checkpoint, rows, durationSeconds: durationSeconds! };
}

/** Removes what only an unfinished run needs. */
export async function dropCheckpoint(folder: string): Promise<void> {
  await removeIfThere(`${folder}/${names.checkpoint}`);
}

/** Writes metrics.arrow. */
export async function writeMetrics(folder: string, rows: readonly Row[]): Promise<void> {
  await writeWhole(`${folder}/${names.metrics}`, encodeTable(metricsColumns, rows));
}

/** The rows of metrics.arrow; none when there is no such file. */
export function readMetrics(folder: string): Promise<Row[]> {
  return readRows(`${folder}/${names.metrics}`, metricsColumns);
}

/** What metrics.arrow has behind every epoch of fine-tuning; epoch 0 is the reference. */
export async function readEpochs(folder: string): Promise<EpochRow[]> {
  return (await readMetrics(folder)).filter(({ step }) => step === null).map((row) => ({
    epoch: row.epoch as number,
    accuracy: row.test_accuracy as number | null,
    rho2: row.rho2 as number | null,
  }));
}

/** Writes attacks.arrow. */
export async function writeAttacks(folder: string, rows: readonly Row[]): Promise<void> {
  await writeWhole(`${folder}/${names.attacks}`, encodeTable(attacksColumnsOf(rows), rows));
  await removeIfThere(`${folder}/${names.partialAttacks}`);
}

/** Writes the rows of an attack under way. */
export async function writePartialAttacks(folder: string, rows: readonly Row[]): Promise<void> {
  await writeWhole(`${folder}/${names.partialAttacks}`, encodeTable(partialColumns, rows));
}

/** The rows of an attack that was interrupted; none when there was none. */
export function readPartialAttacks(folder: string): Promise<Row[]> {
  return readRows(`${folder}/${names.partialAttacks}`, partialColumns);
}

/** The rows of attacks.arrow; none when there is no such file. */
export function readAttacks(folder: string): Promise<Row[]> {
  return readRows(`${folder}/${names.attacks}`, attacksColumns);
}

async function readRows(path: string, columns: Columns): Promise<Row[]> {
  const bytes = await readIfThere(path);
  return bytes ? decodeTable(bytes, columns, path) : [];
}

/** Writes model.safetensors. */
export async function writeModel(
  folder: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeWhole(`${folder}/${names.model}`, encodeSafetensors(weights, metadata));
}

/** Where a run's model lies. */
export function modelPath(folder: string): string {
  return `${folder}/${names.model}`;
}

function prefixed(prefix: string, weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, array]) => [`${prefix}/${name}`, array]),
  );
}

function unprefixed(prefix: string, tensors: Weights): Weights {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length + 1), array]));
}
