import type { Routine } from "../engine/executable.ts";
import { copier } from "../engine/shared_memory.ts";
import { advanceAll, argMax, type ChunkFunction, chunkFunctions, fillRows } from "./chunks.ts";
import type { Arrays } from "./deepfool_search.ts";
import type { PerturbedRows } from "./perturbed_rows.ts";
import { type ChunkExtents, logitsOfRows, type Rows, rowsOf } from "./predict_routine.ts";

/** The rows to attack, and the classes to leave where these are not the predicted ones. */
export interface AscentRows extends Rows {
  readonly labels: Uint16Array | undefined;
}

/** A sample to attack. */
export interface Sample {
  /** Its row among all inputs. */
  readonly row: number;
  readonly x: Float32Array;
  /** The class to leave. */
  readonly label: number;
  /** What the attack ends with: a view of the result. */
  readonly perturbation: Float32Array;
  /** The class predicted at x, later at x + perturbation. */
  reached: number;
}

/** A sample on its way up; the search moves it forward. */
export interface Ascent extends Sample {
  /** Where the last step led, before it is brought back into the ball. */
  readonly position: Float32Array;
  /** The ball's radius. */
  epsilon: number;
  /** The next step's length. */
  stepSize: number;
  /** Steps taken. */
  steps: number;
}

/** Where a step ends: views of what the next step overwrites. */
export interface Outcome {
  /** The perturbation, in the ball. */
  readonly delta: Float32Array;
  /** The logits at x + delta. */
  readonly logits: Float32Array;
  /** The class predicted at x + delta. */
  readonly reached: number;
  /** Where the next step leads. */
  readonly next: Float32Array;
  /** The dual norm of the gradient at x + delta. */
  readonly slope: number;
}

/**
 * A routine that attacks a shard by projected gradient ascent. A sample that is not predicted as labelled needs no
 * perturbation. Functions: `logits`, and `step`, a compiled {@link ascentStep}, for several sizes of chunks.
 *
 * @param begin Puts a sample at its first position.
 * @param goOn Moves an ascent on from where its last step ended; false when it is done.
 */
export function ascentRoutine<S extends ChunkExtents, R extends AscentRows, A extends Ascent>(
  begin: (sample: Sample, rows: R, settings: S) => A,
  goOn: (ascent: A, outcome: Outcome, rows: R, settings: S) => boolean,
): Routine<S, R, PerturbedRows> {
  return ({ logits, ...functions }, settings) => {
    const { classes, length } = settings;
    const step = chunkFunctions(functions, "step");
    const own = copier();
    return async (rows) => {
      const inputs = rowsOf(rows, length);
      const weights = own(rows.weights);
      const scores = await logitsOfRows(logits!, inputs, weights, settings);
      const perturbations = new Float32Array(inputs.length * length);
      const samples = inputs.map((x, i): Sample => {
        const reached = argMax(scores, i * classes, (i + 1) * classes);
        const label = rows.labels?.[rows.from + i] ?? reached;
        const perturbation = rowOf(perturbations, i, length);
        return { row: rows.from + i, x, label, reached, perturbation };
      });
      const ascents = samples.filter(({ label, reached }) => label === reached)
        .map((sample) => begin(sample, rows, settings));
      await advanceAll(ascents, step, async (chunk, fn) => {
        const outcomes = await ascend(chunk, fn, weights, classes);
        return chunk.map((ascent, i) => goOn(ascent, outcomes[i]!, rows, settings));
      });
      const predicted = Uint16Array.from(samples, ({ reached }) => reached);
      const fooledAs = predicted.slice();
      ascents.forEach(({ row, reached }) => fooledAs[row - rows.from] = reached);
      return { perturbations, predicted, fooledAs };
    };
  };
}

/** One step for the samples of a chunk. */
async function ascend(
  chunk: readonly Ascent[],
  { size, run, buffer }: ChunkFunction,
  weights: Arrays,
  classes: number,
): Promise<Outcome[]> {
  const length = chunk[0]!.x.length;
  const fill = (name: "x" | "position") =>
    fillRows(buffer(name, size * length), chunk.map((ascent) => ascent[name]), length);
  const numbers = (name: "epsilon" | "stepSize") =>
    fillRows(buffer(name, size), chunk.map((ascent) => Float32Array.of(ascent[name])), 1);
  const target = buffer("target", size * classes).fill(0);
  chunk.forEach(({ label }, i) => target[i * classes + label] = 1);
  const inputs = {
    x: fill("x"),
    position: fill("position"),
    target,
    epsilon: numbers("epsilon"),
    stepSize: numbers("stepSize"),
  };
  const outputs = {
    delta: buffer("delta", size * length),
    next: buffer("next", size * length),
    logits: buffer("logits", size * classes),
    slope: buffer("slope", size),
  };
  await run({ ...weights, ...inputs }, outputs);
  return chunk.map((_, i) => ({
    delta: rowOf(outputs.delta, i, length),
    next: rowOf(outputs.next, i, length),
    logits: rowOf(outputs.logits, i, classes),
    reached: argMax(outputs.logits, i * classes, (i + 1) * classes),
    slope: outputs.slope[i]!,
  }));
}

function rowOf(rows: Float32Array, i: number, length: number): Float32Array {
  return rows.subarray(i * length, (i + 1) * length);
}
