import type { Defense } from "../defenses/defense.ts";
import { DivergedError } from "../training/train.ts";
import type { DefendStart } from "./defend_options.ts";
import { type DefendState, keptEpoch } from "./defend_state.ts";
import type { HeldOutMeasures } from "./held_out.ts";
import { beginning, type EpochsOptions, trainEpochs } from "./train_epochs.ts";

/** How often training begins again, at most. */
const mostRetries = 2;

/**
 * Trains the epochs that are left. Where no epoch is kept, or training diverges, with a learning rate that was chosen here, it begins
 * again with a third of it, at most twice: the trial that chose it has seen its first steps only.
 */
export async function trainWithRetries(
  start: DefendStart,
  defense: Defense,
  measures: HeldOutMeasures,
  options: EpochsOptions,
  from: DefendState,
): Promise<DefendState> {
  let state = from;
  for (;;) {
    const last = await trainedOnce(start, defense, measures, options, state);
    if (last && hasEnded(last, options)) return last;
    const next = nextTry(start, state);
    options.onNotice?.(
      `${last ? "no epoch is kept" : "training diverges"} with the learning rate ` +
        `${state.learningRate}: training begins again with ${next.learningRate}`,
    );
    state = next;
  }
}

/** Whether all is done: the epochs are trained and one is kept, or training does not begin again. */
export function hasEnded(state: DefendState, options: EpochsOptions): boolean {
  if (state.checkpoint.epoch < options.epochs) return false;
  return !canRetry(state, options) || keptEpoch(state.epochs, options.accuracyLoss) > 0;
}

/** Whether training may begin again with a smaller learning rate. */
function canRetry({ retries }: DefendState, { learningRate }: EpochsOptions): boolean {
  return learningRate === undefined && retries < mostRetries;
}

/** Trains the epochs that are left; undefined where training diverges and may begin again. */
async function trainedOnce(
  start: DefendStart,
  defense: Defense,
  measures: HeldOutMeasures,
  options: EpochsOptions,
  from: DefendState,
): Promise<DefendState | undefined> {
  if (from.checkpoint.epoch === options.epochs) return from;
  try {
    return await trainEpochs(start, defense, measures, options, from);
  } catch (error) {
    if (error instanceof DivergedError && canRetry(from, options)) return undefined;
    throw error;
  }
}

/** The state before the first step, with a third of the learning rate. */
function nextTry(
  { model }: DefendStart,
  { learningRate, retries, epochs }: DefendState,
): DefendState {
  const third = Number((learningRate / 3).toPrecision(2));
  return beginning(model, { learningRate: third, retries: retries + 1 }, epochs[0]!);
}
