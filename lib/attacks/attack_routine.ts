import type { Arrays, Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { advanceAll } from "../compute/advance_all.ts";
import { classOf } from "../compute/check_logits.ts";
import { chunkFunctions, type Columns } from "../compute/chunk_function.ts";
import { norm, ratioOf } from "../compute/norms.ts";
import { logitsOfRows, type RowExtents, type Rows, rowsOf } from "../compute/predict_routine.ts";
import { type RowMemory, rowMemory } from "../compute/row_memory.ts";
import { weightInputs } from "../networks/network_function.ts";
import { boundInputs, type Bounds, keepWithin } from "./within.ts";

/** The rows to attack. */
export interface AttackRows extends Rows {
  /** The classes to leave, one per input; the predicted ones where there are none. */
  readonly labels?: Uint16Array | undefined;
  /** The classes to reach, one per input, where the attack is towards given ones. */
  readonly targets?: Uint16Array | undefined;
  /** The box to stay in, where there is one. */
  readonly bounds?: Bounds | undefined;
}

/** The settings of an attack's routine. */
export interface AttackSettings extends RowExtents {
  /** The norm that perturbations are measured in. */
  readonly p: number;
  /** Whether samples are also moved when their goal holds already. */
  readonly always?: boolean;
}

/** A sample to attack. */
export interface Sample {
  /** Its row among all inputs. */
  readonly row: number;
  readonly x: Float32Array;
  /** The logits at x. */
  readonly logits: Float32Array;
  /** The class to leave, or to reach where the attack is towards one. */
  readonly label: number;
}

/** How an attack ended. */
export interface Result {
  /** The class predicted at x + Delta_x; NaN where the logits are not finite. */
  readonly reached: number;
  /** Iterations, for attacks that count them. */
  readonly iterations?: number;
  /** ||Delta_x||_p at an earlier iteration limit, for attacks that report it. */
  readonly earlierNorm?: number;
}

/** An attack as a machine: one state per sample, which each call of the compiled function `step` advances until it is done. */
export interface Machine<State, Rows = AttackRows> {
  /** A sample's first state. */
  readonly begin: (sample: Sample, rows: Rows) => State;
  /** The inputs of `step` for a state. */
  readonly inputs: Columns<State>;
  /** Advances a state by the outputs of `step`; returns whether there is more to do. */
  readonly advance: (state: State, outputs: Arrays, rows: Rows) => boolean;
  /** Writes Delta_x, which is then clipped to the box, and returns how the attack ended. */
  readonly result: (state: State, perturbation: Float32Array, rows: Rows) => Result;
  /** Whether the gradient was exactly 0 where the goal did not hold; missing for attacks that do not report it. */
  readonly isFlat?: (state: State) => boolean;
}

/** Attacked rows, one entry per row; perturbations are [rows, length]. */
export interface AttackedRows {
  readonly perturbations: Float32Array;
  readonly norms: Float32Array;
  readonly ratios: Float32Array;
  readonly earlierRatios: Float32Array;
  readonly iterations: Uint16Array;
  readonly predicted: Uint16Array;
  readonly fooledAs: Uint16Array;
  readonly fooled: Uint16Array;
  /** 1 where the gradient was exactly 0 before the goal held, for attacks that report it. */
  readonly zeroGradients?: Uint16Array;
  /** The first row, among all inputs, whose logits at x or at x + Delta_x are not finite; undefined where all are. */
  readonly notFinite: number | undefined;
}

/**
 * A routine that attacks a shard. A sample whose goal holds at x stays there, unless the settings say `always`.
 * Functions: `logits` and `step`.
 *
 * @param machineOf Makes the machine; its memory is cleared before every call.
 */
export function attackRoutine<Settings extends AttackSettings, Given extends AttackRows, State>(
  machineOf: (settings: Settings, memory: RowMemory) => Machine<State, Given>,
): Routine<Settings, Given, AttackedRows> {
  return (functions, settings) => {
    const { classes, length, always = false } = settings;
    const memory = rowMemory();
    const machine = machineOf(settings, memory);
    const logits = chunkFunctions(functions.logits);
    const step = chunkFunctions(functions.step);
    const own = copier();
    return async (rows) => {
      memory.clear();
      const inputs = rowsOf(rows, length);
      const weights = own({ ...weightInputs(rows.weights), ...boundInputs(rows.bounds) });
      const scores = await logitsOfRows(logits, inputs, weights, classes);
      const samples = inputs.map((x, i) => sampleOf(rows, x, i, rowAt(scores, i, classes)));
      const isThere = goalOf(rows);
      const states = samples.map((sample) =>
        always || !isThere(classOf(sample.logits), sample.label)
          ? machine.begin(sample, rows)
          : undefined
      );
      await advanceAll(states.filter((state) => state !== undefined), step, {
        call: (fn, items) => fn.call(items, weights, machine.inputs),
        advance: (state, outputs) => machine.advance(state, outputs, rows),
      });
      const result = (state: State, perturbation: Float32Array) =>
        machine.result(state, perturbation, rows);
      return {
        ...summarize(samples, states, result, { isThere, bounds: rows.bounds }, settings),
        ...zeroGradientsOf(machine, states),
      };
    };
  };
}

function sampleOf(
  { from, labels, targets }: AttackRows,
  x: Float32Array,
  i: number,
  logits: Float32Array,
): Sample {
  const row = from + i;
  return { row, x, logits, label: (targets ?? labels)?.[row] ?? classOf(logits) };
}

/** Whether the goal holds where a class is predicted. */
export function goalOf(
  { targets }: Pick<AttackRows, "targets">,
): (predicted: number, label: number) => boolean {
  return targets
    ? (predicted, label) => predicted === label
    : (predicted, label) => predicted !== label;
}

function summarize<State>(
  samples: readonly Sample[],
  states: readonly (State | undefined)[],
  resultOf: (state: State, perturbation: Float32Array) => Result,
  { isThere, bounds }: {
    readonly isThere: (predicted: number, label: number) => boolean;
    readonly bounds: Bounds | undefined;
  },
  { length, p }: AttackSettings,
): AttackedRows {
  const perturbations = new Float32Array(samples.length * length);
  const predicted = samples.map(({ logits }) => classOf(logits));
  const results = states.map((state, i): Result =>
    state === undefined
      ? { reached: predicted[i]!, iterations: 0 }
      : resultOf(state, rowAt(perturbations, i, length))
  );
  if (bounds) samples.forEach(({ x }, i) => keepWithin(rowAt(perturbations, i, length), x, bounds));
  const norms = Float32Array.from(samples, (_, i) => norm(rowAt(perturbations, i, length), p));
  const earlierNorm = (i: number) => results[i]!.earlierNorm ?? norms[i]!;
  return {
    perturbations,
    norms,
    ratios: Float32Array.from(samples, ({ x }, i) => ratioOf(norms[i]!, norm(x, p))),
    earlierRatios: Float32Array.from(samples, ({ x }, i) => ratioOf(earlierNorm(i), norm(x, p))),
    iterations: Uint16Array.from(results, ({ iterations }) => iterations ?? 0),
    predicted: Uint16Array.from(predicted),
    fooledAs: Uint16Array.from(results, ({ reached }) => reached),
    fooled: Uint16Array.from(
      samples,
      ({ label }, i) => Number(isThere(results[i]!.reached, label)),
    ),
    notFinite: samples.find((_, i) => isNaN(predicted[i]!) || isNaN(results[i]!.reached))?.row,
  };
}

/** Where the gradient was exactly 0, if the machine reports it. */
function zeroGradientsOf<State, Given>(
  { isFlat }: Machine<State, Given>,
  states: readonly (State | undefined)[],
): Pick<AttackedRows, "zeroGradients"> {
  if (!isFlat) return {};
  const each = (state: State | undefined) => Number(state !== undefined && isFlat(state));
  return { zeroGradients: Uint16Array.from(states, each) };
}

function rowAt(rows: Float32Array, i: number, length: number): Float32Array {
  return rows.subarray(i * length, (i + 1) * length);
}
