import type { Arrays } from "../../engine/executable.ts";
import { argMax } from "../../compute/arg_max.ts";
import { classOf } from "../../compute/check_logits.ts";
import { type Columns, copied, oneHot } from "../../compute/chunk_function.ts";
import type { RowMemory } from "../../compute/row_memory.ts";
import type { Sample } from "../attack_routine.ts";

/** One iteration of DeepFool: where it linearised and which boundary it stepped onto. */
export interface Step {
  /** The sum of the steps before, so that x_i = x + at; only of steps that the search is told to keep. */
  readonly at: Float32Array;
  /** The class that the step leaves. */
  readonly source: number;
  /** The class that it steps towards. */
  readonly target: number;
}

/** A sample under attack. */
export interface DeepFoolState {
  readonly x: Float32Array;
  /** The class to leave, or to reach. */
  readonly label: number;
  /** The classes that an attack away from the label may step towards. */
  readonly competitors: readonly number[];
  /** The sum of all steps, without overshoot. */
  total: Float32Array;
  readonly steps: Step[];
  /** The class predicted at x + (1 + overshoot) total; NaN where the logits are not finite. */
  reached: number;
}

/** The limits of a search. */
export interface DeepFoolLimits {
  /** The iteration limit. */
  readonly iterations: number;
  /** How many of the strongest classes at x compete, the predicted one included. */
  readonly candidates: number;
  /** Whether a step's `at` is kept for later; of other steps its memory is used again. */
  readonly keeps: (step: number) => boolean;
}

/** DeepFool's half of a machine: from a sample's first state to its last. */
export interface DeepFoolSearch {
  readonly begin: (sample: Pick<Sample, "x" | "label" | "logits">) => DeepFoolState;
  readonly inputs: Columns<DeepFoolState>;
  readonly advance: (state: DeepFoolState, outputs: Arrays) => boolean;
}

/** Away from each sample's label, to the nearest boundary, with a compiled `nearestStep`. A sample stops once it is fooled. */
export function searchNearest(search: DeepFoolLimits, memory: RowMemory): DeepFoolSearch {
  return {
    begin: ({ x, label, logits }) =>
      startAt(x, label, memory, competitorsOf(logits, search.candidates)),
    inputs: { ...position, seeds },
    advance(state, outputs) {
      const target = state.competitors[outputs.choice![0]!]!;
      follow(state, outputs, { source: state.label, target }, search, memory);
      return state.reached === state.label && state.steps.length < search.iterations;
    },
  };
}

/** Towards each sample's label, from the strongest other class, with a compiled `towardsStep`. */
export function searchTowards(search: DeepFoolLimits, memory: RowMemory): DeepFoolSearch {
  return {
    begin: ({ x, label }) => startAt(x, label, memory),
    inputs: { ...position, target: oneHot(({ label }) => label) },
    advance(state, outputs) {
      follow(state, outputs, { source: outputs.source![0]!, target: state.label }, search, memory);
      return state.reached !== state.label && state.steps.length < search.iterations;
    },
  };
}

const position: Columns<DeepFoolState> = {
  x: copied(({ x }) => x),
  total: copied(({ total }) => total),
};

/** e_k - e_label for every competitor k, [competitors, classes]. */
export function seeds(
  { label, competitors }: Pick<DeepFoolState, "label" | "competitors">,
  row: Float32Array,
): void {
  const classes = row.length / competitors.length;
  row.fill(0);
  competitors.forEach((k, j) => {
    row[j * classes + k] = 1;
    row[j * classes + label] = -1;
  });
}

function startAt(
  x: Float32Array,
  label: number,
  { take }: RowMemory,
  competitors: readonly number[] = [],
): DeepFoolState {
  return { x, label, competitors, total: take(x.length).fill(0), steps: [], reached: label };
}

/** The strongest classes besides the predicted one, at most `candidates - 1`, strongest first. */
export function competitorsOf(logits: Float32Array, candidates: number): number[] {
  const source = argMax(logits);
  const others = [...logits.keys()].filter((k) => k !== source);
  if (candidates >= logits.length) return others;
  return others.sort((a, b) => logits[b]! - logits[a]!).slice(0, candidates - 1);
}

/** Records a step and moves a sample there. */
function follow(
  state: DeepFoolState,
  { nextTotal, logits }: Arrays,
  choice: Omit<Step, "at">,
  { keeps }: DeepFoolLimits,
  { take }: RowMemory,
): void {
  const isKept = keeps(state.steps.length);
  state.steps.push({ ...choice, at: state.total });
  if (isKept) state.total = take(state.x.length);
  state.total.set(nextTotal!);
  state.reached = classOf(logits!);
}
