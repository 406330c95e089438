import { checkInputs } from "../compute/check_inputs.ts";
import { chunkSizes, inputLength } from "../compute/chunk_size.ts";
import { forSizes } from "../compute/chunk_function.ts";
import type { RowExtents } from "../compute/predict_routine.ts";
import { arraysOf, runInBlocks } from "../compute/run_in_blocks.ts";
import type { Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { shared } from "../engine/shared_memory.ts";
import type { StopOptions } from "../engine/stop.ts";
import type { Model } from "../networks/model.ts";
import { gradientSizesAt } from "./input_gradients_functions.ts";
import type { GradientSizes, LabelledRows } from "./input_gradients_routine.ts";

/**
 * The sizes of the gradients that attacks follow, at every sample: of the cross-entropy and of the margin.
 *
 * @throws {UserError} when weights, images, labels and network do not fit, or a number is not finite.
 * @throws {unknown} the signal's reason when it aborts.
 */
export async function gradientSizes(
  engine: Engine,
  model: Model,
  { images, labels }: Split,
  { signal }: StopOptions = {},
): Promise<GradientSizes> {
  const { network, weights } = model;
  const doing = `measuring the gradients of ${network.name}`;
  const count = checkInputs(doing, model, images, labels);
  const run = await engine.load<RowExtents, LabelledRows, GradientSizes>(network, {
    functions: { sizes: forSizes(gradientSizesAt, chunkSizes(network, engine).inputGradient, {}) },
    module: new URL("./input_gradients_routine.ts", import.meta.url).href,
    export: "gradientSizesShard",
    settings: { classes: network.classes, length: inputLength(network) },
    rows: { images: inputLength(network), labels: 1 },
  });
  const rows = { weights: arraysOf(weights), images: shared(images), labels };
  const parts = await runInBlocks(engine, network, run, rows, count, { signal });
  const joined = (key: keyof GradientSizes) =>
    Float32Array.from(parts.flatMap((part) => Array.from(part[key])));
  return { loss: joined("loss"), margin: joined("margin") };
}
