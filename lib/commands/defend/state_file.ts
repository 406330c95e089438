import type { DefendState } from "../../defend/defend_state.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { underPrefix, withoutPrefix } from "../../jobs/checkpoint_file.ts";
import { checksumOfTensors } from "../../files/checksums.ts";
import { damaged } from "../../files/damage.ts";
import { decodeSafetensors, encodeSafetensors } from "../../networks/safetensors.ts";

/** A state, and what it belongs to. */
export interface SavedState {
  /** A key of all that the state depends on. */
  readonly key: string;
  readonly state: DefendState;
  /** Seconds of work up to it. */
  readonly seconds: number;
}

/** Writes a state as a safetensors file. Its metadata holds the checksum of its contents. */
export function encodeState({ key, state, seconds }: SavedState): Uint8Array {
  const { best, checkpoint: { epoch, step, weights, velocity }, ...others } = state;
  const tensors = {
    ...underPrefix("best", best),
    ...underPrefix("weights", weights),
    ...underPrefix("velocity", velocity),
  };
  const about = { key, seconds: `${seconds}`, state: JSON.stringify({ ...others, epoch, step }) };
  return encodeSafetensors(tensors, { ...about, sha256: checksumOfTensors(tensors, about) });
}

/**
 * Reads what {@link encodeState} wrote.
 *
 * @throws {UserError} when it is another kind of file, or was changed.
 */
export function decodeState(bytes: Uint8Array, path: string): SavedState {
  const { weights: tensors, metadata: { sha256, ...about } } = decodeSafetensors(bytes, path);
  const { key = "", seconds = "", state } = about;
  if (sha256 === undefined || state === undefined || sha256 !== checksumOfTensors(tensors, about)) {
    throw damaged(path, "the state that its sha256 belongs to", "another");
  }
  const { epoch, step, ...others } = JSON.parse(state);
  return {
    key,
    seconds: Number(seconds),
    state: {
      ...others,
      best: withoutPrefix("best", tensors),
      checkpoint: {
        epoch,
        step,
        weights: withoutPrefix("weights", tensors),
        velocity: withoutPrefix("velocity", tensors),
      },
    },
  };
}

/** The error for a state that another command left. */
export function otherCommand(path: string): UserError {
  return new UserError(
    `resuming from ${
      excerpt(path)
    }: expected the state of this command, got one of other settings, model or images; give another --out, or remove the file`,
  );
}
