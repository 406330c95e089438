import { sharedFloats } from "../engine/shared_memory.ts";
import type { Weights } from "../networks/weights.ts";

/**
 * The state of a training run between two steps. Random numbers are drawn from streams that are named by the seed
 * and the epoch, so the counters are all of their state.
 */
export interface Checkpoint {
  /** The epoch under way, from 0. */
  readonly epoch: number;
  /** How many of its steps are done. */
  readonly step: number;
  /** The parameters. */
  readonly weights: Weights;
  /** The optimiser's state, by parameter that is trained. */
  readonly velocity: Weights;
}

/** A copy that later steps leave alone, in memory that threads can share. */
export function copyOf({ epoch, step, weights, velocity }: Checkpoint): Checkpoint {
  const copy = (data: Float32Array) => {
    const result = sharedFloats(data.length);
    result.set(data);
    return result;
  };
  return { epoch, step, weights: mapped(weights, copy), velocity: mapped(velocity, copy) };
}

function mapped(weights: Weights, change: (data: Float32Array) => Float32Array): Weights {
  const entries = Object.entries(weights).map(([name, { shape, data }]) =>
    [name, { shape, data: change(data) }] as const
  );
  return Object.fromEntries(entries);
}
