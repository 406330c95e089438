import * as tf from "@tensorflow/tfjs";
import type { Junction } from "./junction.ts";
import { oneShape } from "./one_shape.ts";

/** Subtracts the second input from the first, both of one shape. */
export function sub(): Junction<null> {
  return {
    describe: (inputShapes) => ({ outputShape: oneShape(inputShapes, "a difference", 2) }),
    forward: (_, [x1, x2]) => ({ output: tf.sub(x1!, x2!), trace: null }),
    reverse: (_, __, gradient) => [gradient, tf.neg(gradient)],
    linearize: (_, __, [v1, v2]) => tf.sub(v1!, v2!),
  };
}
