import { sharedFloats } from "../engine/shared_memory.ts";
import { UserError } from "../engine/user_error.ts";
import { type Network, trainedNames } from "../networks/network.ts";
import { checkWeights } from "../networks/check_weights.ts";
import type { Weights } from "../networks/weights.ts";
import { withWeightsSummary } from "../networks/weights_summary.ts";

/**
 * The state of a training run between two steps. Random numbers come from streams keyed by the seed
 * and the epoch, so the counters are their whole state.
 */
export interface Checkpoint {
  /** The current epoch, from 0. */
  readonly epoch: number;
  /** How many of its steps are done. */
  readonly step: number;
  /** The parameters. */
  readonly weights: Weights;
  /** The optimiser's state, by trained parameter. */
  readonly velocity: Weights;
}

/** The length of a training run. */
export interface TrainingExtent {
  /** How many epochs it has. */
  readonly epochs: number;
  /** How many steps an epoch has. */
  readonly steps: number;
}

/**
 * Checks that a state belongs to a network's training: its counters, and every tensor by name and shape.
 *
 * @returns The same state, its tensors in the network's order.
 * @throws {UserError} naming what does not fit.
 */
export function checkCheckpoint(
  { epoch, step, weights, velocity }: Checkpoint,
  network: Network,
  { epochs, steps }: TrainingExtent,
): Checkpoint {
  const what = `the checkpoint of ${network.name}`;
  checkCounter(epoch, epochs, `${what}: expected an epoch`);
  checkCounter(step, epoch < epochs ? steps : 0, `${what}: expected a step of epoch ${epoch}`);
  const trained = trainedNames(network).map((name) => [name, network.parameters[name]!] as const);
  return {
    epoch,
    step,
    weights: checkWeights(weights, network.parameters, what),
    velocity: checkWeights(velocity, Object.fromEntries(trained), `the momentum in ${what}`),
  };
}

function checkCounter(value: number, most: number, expected: string): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new UserError(`reading ${expected} from 0 to ${most}, got ${value}`);
}

/** A copy in shared memory that later steps do not change. */
export function copyOf({ epoch, step, weights, velocity }: Checkpoint): Checkpoint {
  const copy = (data: Float32Array) => {
    const result = sharedFloats(data.length);
    result.set(data);
    return result;
  };
  return {
    epoch,
    step,
    weights: withWeightsSummary(mapped(weights, copy)),
    velocity: mapped(velocity, copy),
  };
}

function mapped(weights: Weights, change: (data: Float32Array) => Float32Array): Weights {
  const entries = Object.entries(weights).map(([name, { shape, data }]) =>
    [name, { shape, data: change(data) }] as const
  );
  return Object.fromEntries(entries);
}
