import { decodeSafetensors, encodeSafetensors } from "../networks/safetensors.ts";
import type { Weights } from "../networks/weights.ts";
import type { Checkpoint } from "../training/checkpoint.ts";
import { checksumOfTensors } from "../files/checksums.ts";
import { damaged } from "../files/damage.ts";

/** What a checkpoint's file holds besides the state. */
export interface CheckpointNotes {
  /** The run that it belongs to. */
  readonly run_id: string;
  /** How many rows of metrics.arrow were written before it. */
  readonly rows: number;
  /** The SHA-256 of these rows, as a file of their own. */
  readonly rows_sha256: string;
  /** Seconds of work up to it. */
  readonly duration_seconds: number;
}

/** Writes a state as a safetensors file. Its metadata holds the checksum of its contents. */
export function encodeCheckpoint(
  { epoch, step, weights, velocity }: Checkpoint,
  notes: CheckpointNotes,
): Uint8Array {
  const tensors = { ...underPrefix("weights", weights), ...underPrefix("velocity", velocity) };
  const entries = Object.entries({ epoch, step, ...notes });
  const about = Object.fromEntries(entries.map(([name, value]) => [name, `${value}`]));
  return encodeSafetensors(tensors, { ...about, sha256: checksumOfTensors(tensors, about) });
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 *
 * @throws {UserError} when it is another kind of file, or was changed.
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  path: string,
): { readonly checkpoint: Checkpoint; readonly notes: CheckpointNotes } {
  const { weights: tensors, metadata: { sha256, ...about } } = decodeSafetensors(bytes, path);
  if (sha256 === undefined) throw damaged(path, "a checkpoint with a checksum", "none");
  if (sha256 !== checksumOfTensors(tensors, about)) {
    throw damaged(path, "the state that its sha256 belongs to", "another");
  }
  const [epoch, step, rows, duration_seconds] = ["epoch", "step", "rows", "duration_seconds"]
    .map((name) => numberIn(about, name, path)) as [number, number, number, number];
  const { run_id = "", rows_sha256 = "" } = about;
  return {
    checkpoint: {
      epoch,
      step,
      weights: withoutPrefix("weights", tensors),
      velocity: withoutPrefix("velocity", tensors),
    },
    notes: { run_id, rows, rows_sha256, duration_seconds },
  };
}

function numberIn(about: Readonly<Record<string, string>>, name: string, path: string): number {
  const value = Number(about[name] ?? NaN);
  if (Number.isFinite(value) && value >= 0) return value;
  throw damaged(path, `a number ${name} >= 0`, about[name] ?? "none");
}

/** Tensors under names that begin with a prefix and a slash. */
export function underPrefix(prefix: string, weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, array]) => [`${prefix}/${name}`, array]),
  );
}

/** The tensors whose names begin with a prefix and a slash, without it. */
export function withoutPrefix(prefix: string, tensors: Weights): Weights {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length + 1), array]));
}
