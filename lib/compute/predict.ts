import type { Engine } from "../engine/engine.ts";
import { shared } from "../engine/shared_memory.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";
import { argMax } from "./arg_max.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { forSizes } from "./chunk_function.ts";
import { checkInputs } from "./check_inputs.ts";
import { checkLogits } from "./check_logits.ts";
import { logitsOf } from "./predict_functions.ts";
import type { RowExtents, Rows } from "./predict_routine.ts";
import { arraysOf, runInBlocks } from "./run_in_blocks.ts";

/** A network's predictions for inputs. */
export interface Predictions {
  /** [count, classes]. */
  readonly logits: Float32Array;
  /** The class of the largest logit, [count]. */
  readonly labels: Uint16Array;
}

/**
 * The logits and predicted classes of inputs.
 *
 * @param images [count, ...inputShape].
 * @throws {UserError} when weights or images do not fit the network, or a number of them or a logit is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 *
 * @example The logits and the class of two points.
 * ```ts
 * import assert from "node:assert/strict";
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine({ workers: 1 });
 * const network = dd.defineNetwork({ name: "larger", inputShape: [2], layers: dd.dense(2) });
 * const weights = {
 *   weight: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
 *   bias: { shape: [2], data: new Float32Array(2) },
 * };
 * const model: dd.Model = { network, weights };
 * const images = Float32Array.of(3, 1, 2, 5); // two samples, of the classes 0 and 1
 *
 * const { labels, logits } = await dd.predict(engine, model, images);
 * assert.deepEqual([[...labels], [...logits]], [[0, 1], [3, 1, 2, 5]]);
 * ```
 */
export async function predict(
  engine: Engine,
  model: Model,
  images: Float32Array,
  { signal }: StopOptions = {},
): Promise<Predictions> {
  const { network, weights } = model;
  const { classes } = network;
  const doing = `predicting with ${network.name}`;
  const count = checkInputs(doing, model, images);
  const run = await engine.load<RowExtents, Rows, Float32Array>(network, {
    functions: { logits: forSizes(logitsOf, [chunkSizes(network, engine).forward], {}) },
    module: new URL("./predict_routine.ts", import.meta.url).href,
    export: "predictShard",
    settings: { classes, length: inputLength(network) },
    rows: { images: inputLength(network) },
  });
  const rows = { weights: arraysOf(weights), images: shared(images) };
  const parts = await runInBlocks(engine, network, run, rows, count, { signal });
  const logits = new Float32Array(count * classes);
  parts.reduce((at, part) => (logits.set(part, at), at + part.length), 0);
  checkLogits(doing, logits, classes);
  const row = (i: number) => logits.subarray(i * classes, (i + 1) * classes);
  return { logits, labels: Uint16Array.from({ length: count }, (_, i) => argMax(row(i))) };
}
