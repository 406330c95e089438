import * as tf from "@tensorflow/tfjs";
import type { AddTrace } from "./add.ts";
import { broadcastShape, summedTo } from "./broadcast.ts";
import type { Junction } from "./junction.ts";

/**
 * Subtracts the second input from the first. Extents of 1 are repeated.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function sub(): Junction<AddTrace> {
  return {
    describe: (inputShapes) => ({ outputShape: broadcastShape(inputShapes, "a difference", 2) }),
    forward: (_, [x1, x2]) => ({
      output: tf.sub(x1!, x2!),
      trace: { shapes: [x1!.shape.slice(1), x2!.shape.slice(1)] },
    }),
    reverse: (_, { shapes: [shape1, shape2] }, gradient) => [
      summedTo(gradient, shape1!),
      summedTo(tf.neg(gradient), shape2!),
    ],
    linearize: (_, __, [v1, v2]) => tf.sub(v1!, v2!),
  };
}
