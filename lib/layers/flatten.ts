import * as tf from "@tensorflow/tfjs";
import { size } from "../engine/nd_array.ts";
import type { Layer } from "./layer.ts";

/** The shape that the reverse layer restores. */
export interface FlattenedShape {
  /** The shape of one sample. */
  readonly shape: readonly number[];
}

/** Flattens a sample to one vector. */
export function flatten(): Layer<FlattenedShape> {
  const vectors = (x: tf.Tensor) => tf.reshape(x, [x.shape[0]!, -1]);
  return {
    describe: (inputShape) => ({ outputShape: [size(inputShape)] }),
    forward: (_, x) => ({ output: vectors(x), trace: { shape: x.shape.slice(1) } }),
    reverse: (_, { shape }, gradient) => tf.reshape(gradient, [gradient.shape[0]!, ...shape]),
    linearize: (_, __, v) => vectors(v),
  };
}
