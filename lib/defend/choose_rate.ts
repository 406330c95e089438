import { NotFiniteLogitsError } from "../compute/check_logits.ts";
import type { Defense } from "../defenses/defense.ts";
import { UserError } from "../engine/user_error.ts";
import type { Weights } from "../networks/weights.ts";
import { DivergedError, train } from "../training/train.ts";
import type { DefendOptions, DefendStart } from "./defend_options.ts";
import { stepOptions } from "./train_epochs.ts";

/** The learning rates to try, the largest first. */
const rates = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6];

/** The number of steps of each trial. */
const steps = 20;

/** Training begins with a dip, from which the epochs recover: a trial may lose so many times what an epoch may lose. */
const dip = 4;

/** But no more than this, unless an epoch may lose more. */
const mostDip = 0.02;

/** When a learning rate is harmless. */
export interface Harmless {
  /** The held-out accuracy of weights. */
  readonly accuracy: (weights: Weights) => Promise<number>;
  /** The held-out accuracy at the start. */
  readonly before: number;
  /** How much of it an epoch may lose. */
  readonly loss: number;
}

/**
 * The largest learning rate with which a few training steps do not lower the accuracy by more than four times the allowed loss, at
 * most 2 points, or by more than the allowed loss where that is larger.
 *
 * @throws {UserError} when all of them do.
 */
export async function chooseRate(
  start: DefendStart,
  defense: Defense,
  options: DefendOptions,
  { accuracy, before, loss }: Harmless,
): Promise<number> {
  const least = before - Math.max(loss, Math.min(dip * loss, mostDip));
  for (const [i, rate] of rates.entries()) {
    const progress = { phase: "choosing the learning rate", total: rates.length * steps };
    const weights = await firstSteps(start, defense, options, rate, (step) => {
      options.onProgress?.({ ...progress, done: i * steps + step, note: `trying ${rate}` });
    });
    if (weights && await accuracyOf(weights, accuracy) >= least) return rate;
  }
  throw new UserError(
    `defending ${start.model.network.name}: expected a learning rate that does not lower the accuracy, got none from ${
      rates[0]
    } to ${rates.at(-1)}; a smaller lambda, or a learning rate of your own, may help`,
  );
}

/** The weights after the first steps of an epoch; undefined where they diverge. */
async function firstSteps(
  { engine, model: { network, weights }, train: split }: DefendStart,
  defense: Defense,
  options: DefendOptions,
  rate: number,
  onStep: (step: number) => void,
): Promise<Weights | undefined> {
  const stop = new AbortController();
  const { signal = stop.signal, ...others } = stepOptions(options, defense);
  let after: Weights | undefined;
  try {
    return await train(engine, network, split, {
      ...others,
      start: weights,
      epochs: 1,
      learningRates: [rate],
      signal: AbortSignal.any([signal, stop.signal]),
      onStep: ({ step }, checkpoint) => {
        onStep(step + 1);
        if (step + 1 < steps) return;
        after = checkpoint().weights;
        stop.abort();
      },
    });
  } catch (error) {
    if (error instanceof DivergedError) return undefined;
    if (after) return after;
    throw error;
  }
}

/** The accuracy of weights; 0 where their logits are not finite. */
async function accuracyOf(weights: Weights, accuracy: Harmless["accuracy"]): Promise<number> {
  try {
    return await accuracy(weights);
  } catch (error) {
    if (error instanceof NotFiniteLogitsError) return 0;
    throw error;
  }
}
