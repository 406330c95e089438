import type { Network } from "../networks/network.ts";
import { decodeSafetensors, encodeSafetensors } from "../networks/safetensors.ts";
import { checkWeights } from "../networks/check_weights.ts";
import type { Weights } from "../networks/weights.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { type Columns, decodeTable, encodeTable, type Row, type RowOf } from "../files/arrow.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint_file.ts";
import { checksumOf, checksumOfJson } from "../files/checksums.ts";
import { believed, damaged } from "../files/damage.ts";
import { readIfThere, removeIfThere, writeWhole } from "../files/files.ts";
import { decodeConfig, encodeConfig, type RunConfig } from "./run_config.ts";

export type { RunConfig } from "./run_config.ts";

/** metrics.arrow: one row per optimiser step, and one per epoch with step null; epochs are counted from 1. */
export const metricsColumns = {
  epoch: "short",
  step: "whole or null",
  loss: "single or null",
  regularizer: "single or null",
  lr: "real or null",
  train_accuracy: "single or null",
  test_accuracy: "real or null",
  rho2: "real or null",
  ms: "single",
} as const;

/** attacks.arrow: one row per test image. */
export const attacksColumns = {
  index: "whole",
  label: "short",
  predicted: "short",
  fooled_as: "short",
  iterations: "short or null",
  norm: "single",
  ratio: "single or null",
} as const;

/** A row of attacks.arrow. */
export type AttackRow = RowOf<typeof attacksColumns>;

/** The same for images in files. */
export const filedColumns = { ...attacksColumns, file: "text or null" } as const;

/** The columns of attacks.arrow for these rows. */
export function attacksColumnsOf(rows: readonly Row[]): Columns {
  return rows.some(({ file }) => file) ? filedColumns : attacksColumns;
}

/** The rows of attacks.partial: the rows of attacks.arrow so far, with the other values that the figures need. */
const partialColumns = {
  ...filedColumns,
  ratio_limit5: "single or null",
  ratio_pixels: "real or null",
  fooled: "short",
} as const;

/** A row of attacks.partial. */
export type PartialRow = RowOf<typeof partialColumns>;

/** images.partial: what AutoAttack and the attacks for the smallest perturbation did to each image so far. */
const imageColumns = {
  index: "whole",
  label: "short",
  predicted: "short",
  /** The member of AutoAttack that fooled it in l-infinity; none where none did, or where it was wrong as it was. */
  linf: "text or null",
  /** The same in l2. */
  l2: "text or null",
  /** ||Delta_x||_2 / ||x||_2 of DeepFool; none where it did not fool it. */
  deepfool: "single or null",
  fmn: "single or null",
  fab: "single or null",
  /** Its share of the time. */
  seconds: "single",
} as const;

/** A row of images.partial. */
export type ImageRow = RowOf<typeof imageColumns>;

/** What is measured after an epoch; figures are null where they are not finite. */
export interface EpochRow {
  /** How many epochs were done; 0 is the reference that fine-tuning starts from. */
  readonly epoch: number;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

const names = {
  config: "config.json",
  metrics: "metrics.arrow",
  attacks: "attacks.arrow",
  partialAttacks: "attacks.partial",
  partialImages: "images.partial",
  model: "model.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

/** A file that a finished run leaves besides config.json. */
export type RunFile = "metrics" | "attacks" | "model";

const runFiles: readonly RunFile[] = ["metrics", "attacks", "model"];

/** A training run to resume. */
export interface Saved {
  readonly checkpoint: Checkpoint;
  readonly rows: readonly Row[];
  readonly durationSeconds: number;
}

/**
 * config.json of a run, if there is one.
 *
 * @param id The run's id.
 * @throws {DamagedError} when it is damaged.
 */
export async function readConfig(folder: string, id: string): Promise<RunConfig | undefined> {
  const path = `${folder}/${names.config}`;
  const bytes = await readIfThere(path);
  return bytes && decodeConfig(bytes, id, path);
}

/** Writes config.json. */
export async function writeConfig(folder: string, config: RunConfig): Promise<void> {
  await writeWhole(`${folder}/${names.config}`, encodeConfig(config));
}

/** The checksums of the files that a run has left, for config.json. */
export async function checksumsIn(folder: string): Promise<Record<string, string>> {
  const checksums: Record<string, string> = {};
  for (const file of runFiles) {
    const bytes = await readIfThere(`${folder}/${names[file]}`);
    if (bytes) checksums[names[file]] = checksumOf(bytes);
  }
  return checksums;
}

/**
 * Checks a finished run's files against its config's checksums, where it has any. A missing model matters only where
 * it is needed: not every run's model is kept.
 *
 * @param needed The files that other jobs read.
 * @throws {DamagedError} naming a file that is not there or was changed.
 */
export async function checkFiles(
  folder: string,
  { files = {} }: RunConfig,
  needed: readonly RunFile[],
): Promise<void> {
  for (const file of runFiles) {
    const path = `${folder}/${names[file]}`;
    const checksum = files[names[file]];
    const bytes = await readIfThere(path);
    if (!bytes && (needed.includes(file) || checksum && file !== "model")) {
      throw damaged(path, "the file that the run wrote", "none");
    }
    if (bytes && checksum && checksumOf(bytes) !== checksum) {
      throw damaged(path, "the contents whose SHA-256 is in config.json", "others");
    }
  }
}

/** Whether a run has left a file. */
export async function isKept(folder: string, file: RunFile): Promise<boolean> {
  return await Deno.stat(`${folder}/${names[file]}`).then(() => true, () => false);
}

/** Writes metrics.arrow and then the checkpoint, so that the rows of every checkpoint are there. */
export async function saveCheckpoint(
  folder: string,
  run_id: string,
  { checkpoint, rows, durationSeconds: duration_seconds }: Saved,
): Promise<void> {
  const metrics = encodeTable(metricsColumns, rows);
  await writeWhole(`${folder}/${names.metrics}`, metrics);
  const notes = { run_id, rows: rows.length, rows_sha256: checksumOf(metrics), duration_seconds };
  await writeWhole(`${folder}/${names.checkpoint}`, encodeCheckpoint(checkpoint, notes));
}

/**
 * The saved state of a run; rows written after it are dropped.
 *
 * @throws {DamagedError} when the checkpoint or its rows are damaged.
 */
export async function readCheckpoint(folder: string, id: string): Promise<Saved | undefined> {
  const path = `${folder}/${names.checkpoint}`;
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  const { checkpoint, notes } = believed(() => decodeCheckpoint(bytes, path));
  if (notes.run_id !== id) throw damaged(path, `a state of run ${id}`, `one of ${notes.run_id}`);
  const rows = (await readMetrics(folder)).slice(0, notes.rows);
  if (checksumOf(encodeTable(metricsColumns, rows)) !== notes.rows_sha256) {
    throw damaged(
      `${folder}/${names.metrics}`,
      `the ${notes.rows} rows whose SHA-256 is in the checkpoint beside it`,
      `${rows.length} other rows`,
    );
  }
  return { checkpoint, rows, durationSeconds: notes.duration_seconds };
}

/** Removes what only an unfinished run needs. */
export async function dropCheckpoint(folder: string): Promise<void> {
  await removeIfThere(`${folder}/${names.checkpoint}`);
}

/** Writes metrics.arrow. */
export async function writeMetrics(folder: string, rows: readonly Row[]): Promise<void> {
  await writeWhole(`${folder}/${names.metrics}`, encodeTable(metricsColumns, rows));
}

/**
 * The rows of metrics.arrow; none when there is no such file.
 *
 * @throws {DamagedError} when they cannot be read.
 */
export async function readMetrics(folder: string): Promise<RowOf<typeof metricsColumns>[]> {
  const path = `${folder}/${names.metrics}`;
  const bytes = await readIfThere(path);
  return bytes ? believed(() => decodeTable(bytes, metricsColumns, path)) : [];
}

/** What metrics.arrow has after every epoch of fine-tuning; epoch 0 is the reference. */
export async function readEpochs(folder: string): Promise<EpochRow[]> {
  return (await readMetrics(folder)).filter(({ step }) => step === null)
    .map(({ epoch, test_accuracy: accuracy, rho2 }) => ({ epoch, accuracy, rho2 }));
}

/** Writes attacks.arrow. */
export async function writeAttacks(folder: string, rows: readonly Row[]): Promise<void> {
  await writeWhole(`${folder}/${names.attacks}`, encodeTable(attacksColumnsOf(rows), rows));
  await removeIfThere(`${folder}/${names.partialAttacks}`);
}

/** Writes the rows of an unfinished attack, after their checksum. */
export async function writePartialAttacks(
  folder: string,
  id: string,
  rows: readonly Row[],
): Promise<void> {
  await writePart(`${folder}/${names.partialAttacks}`, id, partialColumns, rows);
}

/**
 * The rows of an interrupted attack; none when there was none.
 *
 * @throws {DamagedError} when they are not what the run wrote.
 */
export async function readPartialAttacks(folder: string, id: string): Promise<PartialRow[]> {
  return await readPart(`${folder}/${names.partialAttacks}`, id, partialColumns);
}

/** Writes the rows of AutoAttack under way, after their checksum. */
export async function writePartialImages(
  folder: string,
  id: string,
  rows: readonly ImageRow[],
): Promise<void> {
  await writePart(`${folder}/${names.partialImages}`, id, imageColumns, rows);
}

/**
 * The rows of an AutoAttack that was interrupted; none when there was none.
 *
 * @throws {DamagedError} when they are not what the run wrote.
 */
export async function readPartialImages(folder: string, id: string): Promise<ImageRow[]> {
  return await readPart(`${folder}/${names.partialImages}`, id, imageColumns);
}

/** Removes the rows of an AutoAttack under way. */
export async function dropPartialImages(folder: string): Promise<void> {
  await removeIfThere(`${folder}/${names.partialImages}`);
}

async function writePart(
  path: string,
  id: string,
  columns: Columns,
  rows: readonly Row[],
): Promise<void> {
  const table = encodeTable(columns, rows);
  const checksum = new TextEncoder().encode(checksumOfPart(id, table));
  await writeWhole(path, await new Blob([checksum, new Uint8Array(table)]).bytes());
}

async function readPart<Table extends Columns>(
  path: string,
  id: string,
  columns: Table,
): Promise<RowOf<Table>[]> {
  const bytes = await readIfThere(path);
  if (!bytes) return [];
  const [checksum, table] = [new TextDecoder().decode(bytes.subarray(0, 64)), bytes.slice(64)];
  if (checksum !== checksumOfPart(id, table)) {
    throw damaged(
      path,
      `the rows of run ${id} that match the checksum before them`,
      "others",
    );
  }
  return believed(() => decodeTable(table, columns, path));
}

/** The checksum of a part of a run. */
function checksumOfPart(id: string, bytes: Uint8Array): string {
  return checksumOfJson([id, checksumOf(bytes)]);
}

/**
 * The rows of attacks.arrow.
 *
 * @throws {DamagedError} when there is no such file or it cannot be read.
 */
export async function readAttacks(folder: string): Promise<AttackRow[]> {
  const path = `${folder}/${names.attacks}`;
  const bytes = await readIfThere(path);
  if (!bytes) throw damaged(path, "the file that the run wrote", "none");
  return believed(() => decodeTable(bytes, attacksColumns, path));
}

/** Writes model.safetensors. */
export async function writeModel(
  folder: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeWhole(`${folder}/${names.model}`, encodeSafetensors(weights, metadata));
}

/**
 * The weights in model.safetensors.
 *
 * @param network The network that they should belong to.
 * @throws {DamagedError} when there are none, or they are not this network's.
 */
export async function readRunWeights(folder: string, network: Network): Promise<Weights> {
  const path = modelPath(folder);
  const bytes = await readIfThere(path);
  if (!bytes) throw damaged(path, "the file that the run wrote", "none");
  return believed(() =>
    checkWeights(decodeSafetensors(bytes, path).weights, network.parameters, path)
  );
}

/** The path of a run's model. */
export function modelPath(folder: string): string {
  return `${folder}/${names.model}`;
}
