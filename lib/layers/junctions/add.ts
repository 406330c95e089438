import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { broadcastShape, summedTo } from "./broadcast.ts";
import type { Junction } from "./junction.ts";

/** The shapes of the addends. */
export interface AddTrace {
  /** The shape of one sample of every input. */
  readonly shapes: readonly (readonly number[])[];
}

/**
 * Adds two or more inputs, in their order. Extents of 1 are repeated.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function add(): Junction<AddTrace> {
  const sum = (inputs: readonly Tensor[]) => inputs.reduce((total, x) => tf.add(total, x));
  return {
    describe: (inputShapes) => ({ outputShape: broadcastShape(inputShapes, "a sum") }),
    forward: (_, inputs) => ({
      output: sum(inputs),
      trace: { shapes: inputs.map(({ shape }) => shape.slice(1)) },
    }),
    reverse: (_, { shapes }, gradient) => shapes.map((shape) => summedTo(gradient, shape)),
    linearize: (_, __, inputs) => sum(inputs),
  };
}
