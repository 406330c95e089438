import type { Executable } from "../engine/executable.ts";
import { advanceAll, argMax, fillRows } from "./chunks.ts";

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
  /** The sum of all steps, without overshoot. */
  total: Float32Array;
  readonly steps: Step[];
  fooled: boolean;
  /** The class predicted at x + (1 + overshoot) total. */
  reached: number;
}

/** A sample before its first iteration. */
export function startAttack(
  x: Float32Array,
  label: number,
  candidates: readonly number[] = [],
): Attack {
  return {
    x,
    label,
    candidates,
    total: new Float32Array(x.length),
    steps: [],
    fooled: false,
    reached: label,
  };
}

/** What a search runs with. */
export interface Search {
  readonly step: Executable;
  readonly weights: Arrays;
  /** Samples in a chunk. */
  readonly chunk: number;
  readonly classes: number;
  /** The iteration limit. */
  readonly iterations: number;
}

/**
 * DeepFool away from each sample's label, to the nearest boundary; a sample stops once it is fooled.
 * `step` is a compiled {@link nearestStep}.
 */
export async function searchNearest(attacks: readonly Attack[], search: Search): Promise<void> {
  const { step, weights, chunk, classes, iterations } = search;
  const competitors = attacks[0]?.candidates.length ?? 0;
  const buffers = chunkBuffers(attacks, chunk);
  const seeds = new Float32Array(chunk * competitors * classes);
  await advanceAll(attacks, chunk, async (slots) => {
    seeds.fill(0);
    slots.forEach(({ label, candidates }, i) =>
      candidates.forEach((k, j) => {
        const row = (i * competitors + j) * classes;
        seeds[row + k] = 1;
        seeds[row + label] = -1;
      })
    );
    const outputs = await step({ ...weights, ...fillChunk(buffers, slots), seeds });
    return slots.map((slot, i) => {
      const target = slot.candidates[outputs.choice![i]!]!;
      follow(slot, i, outputs, classes, { source: slot.label, target });
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
  const { step, weights, chunk, classes, iterations } = search;
  const buffers = chunkBuffers(attacks, chunk);
  const target = new Float32Array(chunk * classes);
  await advanceAll(attacks, chunk, async (slots) => {
    target.fill(0);
    slots.forEach(({ label }, i) => target[i * classes + label] = 1);
    const outputs = await step({ ...weights, ...fillChunk(buffers, slots), target });
    return slots.map((slot, i) => {
      follow(slot, i, outputs, classes, { source: outputs.source![i]!, target: slot.label });
      slot.fooled = slot.reached === slot.label;
      return !slot.fooled && slot.steps.length < iterations;
    });
  });
}

interface ChunkBuffers {
  readonly x: Float32Array;
  readonly total: Float32Array;
}

function chunkBuffers(attacks: readonly Attack[], chunk: number): ChunkBuffers {
  const length = chunk * (attacks[0]?.x.length ?? 0);
  return { x: new Float32Array(length), total: new Float32Array(length) };
}

function fillChunk(
  { x, total }: ChunkBuffers,
  slots: readonly Attack[],
): Record<"x" | "total", Float32Array> {
  const length = slots[0]!.x.length;
  return {
    x: fillRows(x, slots.map((slot) => slot.x), length),
    total: fillRows(total, slots.map((slot) => slot.total), length),
  };
}

/** Records slot i's step and moves it there. */
function follow(
  slot: Attack,
  i: number,
  outputs: Arrays,
  classes: number,
  choice: Omit<Step, "at">,
): void {
  const length = slot.x.length;
  slot.steps.push({ ...choice, at: slot.total });
  slot.total = outputs.nextTotal!.subarray(i * length, (i + 1) * length);
  slot.reached = argMax(outputs.logits!, i * classes, (i + 1) * classes);
}
