import type { Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { argMax, chunkFunctions } from "./chunks.ts";
import { type Attack, searchNearest, searchTowards, startAttack } from "./deepfool_search.ts";
import { norm, ratioOf } from "./norms.ts";
import { rowMemory } from "./row_memory.ts";
import { type ChunkExtents, logitsOfRows, type Rows, rowsOf } from "./predict_routine.ts";

/** What {@link attackShard} is set up with. */
export interface AttackSettings extends ChunkExtents {
  readonly p: number;
  readonly overshoot: number;
  readonly iterations: number;
  /** The iteration limit that `earlierRatios` are for. */
  readonly earlier: number;
  /** Classes that compete: the source and the next ones by logit at x. */
  readonly candidates: number;
}

/** The rows to attack, and the classes to reach where the attack is towards given ones. */
export interface AttackRows extends Rows {
  readonly towards: Uint16Array | undefined;
}

/** Attacked rows, one entry a row; perturbations are [rows, length], overshoot included. */
export interface AttackedRows {
  readonly perturbations: Float32Array;
  readonly norms: Float32Array;
  readonly ratios: Float32Array;
  readonly earlierRatios: Float32Array;
  readonly iterations: Uint16Array;
  readonly predicted: Uint16Array;
  readonly fooledAs: Uint16Array;
  readonly fooled: Uint16Array;
}

/** DeepFool on a shard. Functions: `logits`, and `step` for several sizes of chunks. */
export const attackShard: Routine<AttackSettings, AttackRows, AttackedRows> = (
  functions,
  settings,
) => {
  const { classes, candidates, length } = settings;
  const step = chunkFunctions(functions, "step");
  const own = copier();
  const memory = rowMemory();
  return async (rows) => {
    memory.clear();
    const inputs = rowsOf(rows, length);
    const weights = own(rows.weights);
    const scores = await logitsOfRows(functions.logits!, inputs, weights, settings);
    const scoresOf = (i: number) => scores.subarray(i * classes, (i + 1) * classes);
    const predicted = Uint16Array.from(inputs, (_, i) => argMax(scoresOf(i)));
    const { towards } = rows;
    const attacks = inputs.map((x, i) =>
      towards
        ? startAttack(memory, x, towards[rows.from + i]!)
        : startAttack(memory, x, predicted[i]!, competitors(scoresOf(i), candidates))
    );
    // A sample that is there already needs no attack towards its class.
    const open = towards ? attacks.filter(({ label }, i) => label !== predicted[i]) : attacks;
    const search = towards ? searchTowards : searchNearest;
    await search(open, { ...settings, step, weights, memory });
    return summarize(attacks, predicted, settings);
  };
};

/** The strongest classes next to the predicted one, at most `candidates - 1`, strongest first. */
export function competitors(logits: Float32Array, candidates: number): number[] {
  const source = argMax(logits);
  const others = [...logits.keys()].filter((k) => k !== source);
  if (candidates >= logits.length) return others;
  return others.sort((a, b) => logits[b]! - logits[a]!).slice(0, candidates - 1);
}

function summarize(
  attacks: readonly Attack[],
  predicted: Uint16Array,
  { length, overshoot, p, earlier }: AttackSettings,
): AttackedRows {
  const perturbations = new Float32Array(attacks.length * length);
  attacks.forEach(({ total }, i) =>
    perturbations.set(total.map((r) => r * (1 + overshoot)), i * length)
  );
  const row = (i: number) => perturbations.subarray(i * length, (i + 1) * length);
  const norms = Float32Array.from(attacks, (_, i) => norm(row(i), p));
  return {
    perturbations,
    norms,
    ratios: Float32Array.from(attacks, ({ x }, i) => ratioOf(norms[i]!, norm(x, p))),
    earlierRatios: Float32Array.from(
      attacks,
      ({ x, total, steps }) =>
        ratioOf((1 + overshoot) * norm(steps[earlier]?.at ?? total, p), norm(x, p)),
    ),
    iterations: Uint16Array.from(attacks, ({ steps }) => steps.length),
    predicted,
    fooledAs: Uint16Array.from(attacks, ({ reached }) => reached),
    fooled: Uint16Array.from(attacks, ({ fooled }) => Number(fooled)),
  };
}
