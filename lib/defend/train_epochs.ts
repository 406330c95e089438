import type { Defense } from "../defenses/defense.ts";
import type { Model } from "../networks/model.ts";
import { trainedNames } from "../networks/network.ts";
import { copyOf } from "../training/checkpoint.ts";
import { sgd } from "../training/sgd.ts";
import { train, type TrainOptions } from "../training/train.ts";
import type { DefendOptions, DefendStart } from "./defend_options.ts";
import { type DefendState, keptEpoch, noSteps, withStep } from "./defend_state.ts";
import { halvedInTheEnd } from "./halved_in_the_end.ts";
import type { HeldOutFigures, HeldOutMeasures } from "./held_out.ts";

/** The options that training an epoch needs. */
export type EpochsOptions =
  & DefendOptions
  & Required<Pick<DefendOptions, "epochs" | "accuracyLoss">>;

/** How a step is trained, without its start and its length. */
export function stepOptions(
  { batch = 100, flips = false, seed = 0, signal }: DefendOptions,
  defense: Defense,
): Pick<TrainOptions, "batch" | "defense" | "flips" | "seed" | "signal"> {
  return { batch, defense, flips, seed, ...(signal ? { signal } : {}) };
}

/** The state before the first step. */
export function beginning(
  { network, weights }: Model,
  { learningRate, retries = 0 }: Pick<DefendState, "learningRate"> & Partial<DefendState>,
  { accuracy, rho2 }: HeldOutFigures,
): DefendState {
  const trained = trainedNames(network).map((name) => [name, weights[name]!] as const);
  const none = { loss: null, regularizer: null, trainAccuracy: null, learningRate: null };
  return {
    learningRate,
    retries,
    epochs: [{ epoch: 0, ...none, accuracy, rho2 }],
    sums: noSteps,
    best: weights,
    checkpoint: copyOf({
      epoch: 0,
      step: 0,
      weights,
      velocity: sgd().init(Object.fromEntries(trained)),
    }),
  };
}

/** Trains the epochs that are left, measures each, and keeps the best one. */
export async function trainEpochs(
  { engine, model: { network }, train: split }: DefendStart,
  defense: Defense,
  measures: HeldOutMeasures,
  options: EpochsOptions,
  from: DefendState,
): Promise<DefendState> {
  const { epochs, accuracyLoss, batch = 100, onState, onProgress } = options;
  const steps = Math.ceil(split.count / batch);
  const learningRates = halvedInTheEnd(from.learningRate, epochs);
  let state = from;
  await train(engine, network, split, {
    ...stepOptions(options, defense),
    epochs,
    learningRates,
    start: from.checkpoint,
    async onStep(row, checkpoint) {
      state = { ...state, sums: withStep(state.sums, row) };
      const note = `epoch ${row.epoch + 1} of ${epochs}, loss ${row.loss.toFixed(3)} + ${
        row.regularizer.toFixed(3)
      }, accuracy ${(100 * row.train_accuracy).toFixed(0)}%`;
      const done = row.epoch * steps + row.step + 1;
      onProgress?.({ phase: "training", done, total: epochs * steps, note });
      const current = state;
      await onState?.(() => ({ ...current, checkpoint: checkpoint() }), row.step + 1 === steps);
    },
    async onEpoch(index, checkpoint) {
      const { weights } = checkpoint;
      const epoch = index + 1;
      const figures = await measures.figures(weights, `measuring epoch ${epoch}`);
      const learningRate = learningRates[index]!;
      const row = { epoch, ...meansOf(state.sums), learningRate, ...figures };
      const all = [...state.epochs, row];
      const best = keptEpoch(all, accuracyLoss) === epoch ? weights : state.best;
      state = { ...state, epochs: all, sums: noSteps, best, checkpoint };
      const current = state;
      await onState?.(() => current, true);
    },
  });
  return state;
}

function meansOf({ steps, loss, regularizer, trainAccuracy }: DefendState["sums"]) {
  return {
    loss: loss / steps,
    regularizer: regularizer / steps,
    trainAccuracy: trainAccuracy / steps,
  };
}
