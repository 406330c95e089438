import { advanceAll } from "../../compute/advance_all.ts";
import { classOf } from "../../compute/check_logits.ts";
import { chunkFunctions, copied, single } from "../../compute/chunk_function.ts";
import { type RowExtents, type Rows, rowsOf } from "../../compute/predict_routine.ts";
import { rowMemory } from "../../compute/row_memory.ts";
import type { Routine } from "../../engine/executable.ts";
import { copier } from "../../engine/shared_memory.ts";
import { weightInputs } from "../../networks/network_function.ts";
import {
  attackRoutine,
  type AttackRows,
  type AttackSettings,
  type Machine,
  type Sample,
} from "../attack_routine.ts";
import { type Labelled, labelledColumns, signsOf } from "./signs.ts";

/** The rows to attack, and how strongly. */
export interface SignRows extends AttackRows {
  readonly epsilon: number;
}

/** Inputs, their true classes, and the strengths to attack them with. */
export interface StrengthRows extends Rows {
  readonly labels: Uint16Array;
  readonly epsilons: readonly number[];
}

/** A sample under attack. */
interface Signed extends Sample {
  readonly epsilon: number;
  readonly delta: Float32Array;
  /** The class predicted at x + delta. */
  reached: number;
}

/** The fast gradient sign attack on a shard: a single step; `step` is a compiled `signStep`. */
export const signShard = attackRoutine((_: AttackSettings, memory): Machine<Signed, SignRows> => ({
  begin(sample, { epsilon }) {
    return { ...sample, epsilon, delta: memory.take(sample.x.length), reached: sample.label };
  },
  inputs: { ...labelledColumns, epsilon: single(({ epsilon }) => epsilon) },
  advance(state, { delta, logits }) {
    state.delta.set(delta!);
    state.reached = classOf(logits!);
    return false;
  },
  result({ delta, reached }, perturbation) {
    perturbation.set(delta);
    return { reached };
  },
}));

/**
 * How many of a shard's rows are predicted right under the attack at each epsilon, from one gradient per row; NaN where logits
 * are not finite.
 * Functions: `lossSign`, `perturbedLogits`.
 */
export const countRightShard: Routine<RowExtents, StrengthRows, number[]> = (
  functions,
  { length },
) => {
  const lossSign = chunkFunctions(functions.lossSign);
  const perturbedLogits = chunkFunctions(functions.perturbedLogits);
  const memory = rowMemory();
  const own = copier();
  return async (rows) => {
    memory.clear();
    const weights = own(weightInputs(rows.weights));
    const samples = rowsOf(rows, length).map((x, i) => ({
      x,
      label: rows.labels[rows.from + i]!,
      sign: memory.take(length),
    }));
    await signsOf(lossSign, samples, weights, (sample, sign) => sample.sign.set(sign));
    const counts: number[] = [];
    for (const epsilon of rows.epsilons) {
      let right = 0;
      const inputs = {
        x: copied(({ x }: Labelled) => x),
        sign: copied(({ sign }: { readonly sign: Float32Array }) => sign),
        epsilon: single(() => epsilon),
      };
      await advanceAll(samples, perturbedLogits, {
        call: (fn, items) => fn.call(items, weights, inputs),
        advance: ({ label }, { logits }) => {
          const predicted = classOf(logits!);
          right += isNaN(predicted) ? NaN : Number(predicted === label);
          return false;
        },
      });
      counts.push(right);
    }
    return counts;
  };
};
