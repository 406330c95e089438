import type { Engine } from "../engine/engine.ts";
import { shards, shared } from "../engine/shared_memory.ts";
import type { Network } from "../networks/network.ts";
import type { Weights } from "../networks/weights.ts";
import { argMax } from "./chunks.ts";
import { checkNumbers } from "./check_numbers.ts";
import { chunkSizes, inputLength } from "./chunk_size.ts";
import { logitsOf } from "./deepfool_functions.ts";
import type { Arrays } from "./deepfool_search.ts";
import type { ChunkExtents, Rows } from "./predict_routine.ts";

/** What a network says of inputs. */
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
 * @throws UserError naming the tensor or the image that holds a number that is not finite.
 */
export async function predict(
  engine: Engine,
  network: Network,
  weights: Weights,
  images: Float32Array,
): Promise<Predictions> {
  checkNumbers(network, weights, images, "predicting with");
  const { classes } = network;
  const chunk = chunkSizes(network).forward;
  const extents: ChunkExtents = { chunk, classes, length: inputLength(network) };
  const run = await engine.load<ChunkExtents, Rows, Float32Array>(network, "predict", () => ({
    functions: { logits: logitsOf(network, chunk) },
    module: new URL("./predict_routine.ts", import.meta.url).href,
    export: "predictShard",
    settings: extents,
  }));
  const count = images.length / extents.length;
  const rows = { weights: arraysOf(weights), images: shared(images) };
  const parts = await run(shards(count, engine.workers).map((shard) => ({ ...rows, ...shard })));
  const logits = new Float32Array(count * classes);
  parts.reduce((at, part) => (logits.set(part, at), at + part.length), 0);
  const labels = Uint16Array.from(
    { length: count },
    (_, i) => argMax(logits, i * classes, (i + 1) * classes),
  );
  return { logits, labels };
}

/** The parameters' numbers by name, in memory that threads can share. */
export function arraysOf(weights: Weights): Arrays {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, shared(data)]),
  );
}
