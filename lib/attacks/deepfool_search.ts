import type { RowMemory } from "./row_memory.ts";
import {
  advanceAll,
  argMax,
  type ChunkFunction,
  type ChunkFunctions,
  fillMasks,
  fillRows,
} from "./chunks.ts";

/** Parameters by name. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** One iteration of DeepFool: where it linearised and which boundary it stepped onto. */
export interface Step {
  /** The sum of the steps before, so that x_i = x + at. */
  readonly at: Float32Array;
  /** The class that the step leaves. */
  readonly source: number;
  /** The class that it steps towards. */
  readonly target: number;
}

/** A sample under attack; the search moves it forward. */
export interface Attack {
  readonly x: Float32Array;
  /** Predicted class (untargeted), or the class to reach (towards). */
  readonly label: number;
  /** The classes that an untargeted attack may step towards. */
  readonly candidates: readonly number[];
  /** Dropout's masks, by name; none outside training. */
  readonly masks: Arrays;
  /** The sum of all steps, without overshoot. */
  total: Float32Array;
  readonly steps: Step[];
  fooled: boolean;
  /** The class predicted at x + (1 + overshoot) total. */
  reached: number;
}

/** A sample before its first iteration. */
export function startAttack(
  { take }: RowMemory,
  x: Float32Array,
  label: number,
  candidates: readonly number[] = [],
  masks: Arrays = {},
): Attack {
  return {
    x,
    label,
    candidates,
    masks,
    total: take(x.length).fill(0),
    steps: [],
    fooled: false,
    reached: label,
  };
}

/** What a search runs with. */
export interface Search {
  readonly step: ChunkFunctions;
  readonly weights: Arrays;
  /** Where the attacks' rows come from. */
  readonly memory: RowMemory;
  readonly classes: number;
  /** The iteration limit. */
  readonly iterations: number;
}

/**
 * DeepFool away from each sample's label, to the nearest boundary; a sample stops once it is fooled.
 * `step` is a compiled {@link nearestStep}.
 */
export async function searchNearest(attacks: readonly Attack[], search: Search): Promise<void> {
  const { classes, iterations } = search;
  const competitors = attacks[0]?.candidates.length ?? 0;
  await advanceAll(attacks, search.step, async (slots, step) => {
    const seeds = step.buffer("seeds", step.size * competitors * classes).fill(0);
    slots.forEach(({ label, candidates }, i) =>
      candidates.forEach((k, j) => {
        const row = (i * competitors + j) * classes;
        seeds[row + k] = 1;
        seeds[row + label] = -1;
      })
    );
    const outputs = await runStep(step, slots, search, { seeds }, "choice");
    return slots.map((slot, i) => {
      const target = slot.candidates[outputs.choice![i]!]!;
      follow(slot, i, outputs, search, { source: slot.label, target });
      slot.fooled = slot.reached !== slot.label;
      return !slot.fooled && slot.steps.length < iterations;
    });
  });
}

/**
 * DeepFool towards each sample's label, from the strongest other class; a sample stops once it is reached.
 * `step` is a compiled {@link towardsStep}.
 */
export async function searchTowards(attacks: readonly Attack[], search: Search): Promise<void> {
  const { classes, iterations } = search;
  await advanceAll(attacks, search.step, async (slots, step) => {
    const target = step.buffer("target", step.size * classes).fill(0);
    slots.forEach(({ label }, i) => target[i * classes + label] = 1);
    const outputs = await runStep(step, slots, search, { target }, "source");
    return slots.map((slot, i) => {
      follow(slot, i, outputs, search, { source: outputs.source![i]!, target: slot.label });
      slot.fooled = slot.reached === slot.label;
      return !slot.fooled && slot.steps.length < iterations;
    });
  });
}

/** One iteration for the attacks of a chunk. `choice` names the output that says which class each one chose. */
function runStep(
  fn: ChunkFunction,
  slots: readonly Attack[],
  { weights, classes }: Search,
  inputs: Arrays,
  choice: string,
): Promise<Arrays> {
  const { size, run, buffer } = fn;
  const length = slots[0]!.x.length;
  const fill = (name: "x" | "total") =>
    fillRows(buffer(name, size * length), slots.map((slot) => slot[name]), length);
  const masks = fillMasks(fn, slots);
  return run({ ...weights, ...masks, ...inputs, x: fill("x"), total: fill("total") }, {
    nextTotal: buffer("nextTotal", size * length),
    logits: buffer("logits", size * classes),
    [choice]: buffer(choice, size),
  });
}

/** Records slot i's step and moves it there. */
function follow(
  slot: Attack,
  i: number,
  outputs: Arrays,
  { classes, memory }: Search,
  choice: Omit<Step, "at">,
): void {
  const length = slot.x.length;
  slot.steps.push({ ...choice, at: slot.total });
  slot.total = memory.take(length);
  slot.total.set(outputs.nextTotal!.subarray(i * length, (i + 1) * length));
  slot.reached = argMax(outputs.logits!, i * classes, (i + 1) * classes);
}
