import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import type { Junction } from "./junction.ts";
import { oneShape } from "./one_shape.ts";

/** How many inputs were added. */
export interface AddTrace {
  /** Their number. */
  readonly count: number;
}

/** Adds two or more inputs of one shape, in their order. */
export function add(): Junction<AddTrace> {
  const sum = (inputs: readonly Tensor[]) => inputs.reduce((total, x) => tf.add(total, x));
  return {
    describe: (inputShapes) => ({ outputShape: oneShape(inputShapes, "a sum") }),
    forward: (_, inputs) => ({ output: sum(inputs), trace: { count: inputs.length } }),
    reverse: (_, { count }, gradient) => Array.from({ length: count }, () => gradient),
    linearize: (_, __, inputs) => sum(inputs),
  };
}
