import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { broadcastShape, multiplyRows, summedTo, unitsFor } from "./broadcast.ts";
import type { Junction } from "./junction.ts";

/** The inputs; each is the factor of the other one's gradient. */
export interface MulTrace {
  /** The first, [N, ...inputShape]. */
  readonly x1: Tensor;
  /** The second, [N, ...inputShape]. */
  readonly x2: Tensor;
}

/**
 * Multiplies two inputs element by element; extents of 1 are repeated. Its first-order piece moves with the inputs, like that of a
 * smooth layer: a x1 x2 + x2 (v1 - a x1) + x1 (v2 - a x2) = x2 v1 + x1 v2 - a x1 x2.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function mul(): Junction<MulTrace> {
  return {
    describe: (inputShapes) => ({ outputShape: broadcastShape(inputShapes, "a product", 2) }),
    forward: (_, [x1, x2]) => ({ output: tf.mul(x1!, x2!), trace: { x1: x1!, x2: x2! } }),
    reverse: (_, { x1, x2 }, gradient) => [
      summedTo(multiplyRows(gradient, x2), x1.shape.slice(1)),
      summedTo(multiplyRows(gradient, x1), x2.shape.slice(1)),
    ],
    linearize(_, { x1, x2 }, [v1, v2], unit) {
      const moved = tf.add(tf.mul(x2, v1!), tf.mul(x1, v2!));
      return tf.sub(moved, tf.mul(unitsFor(x1, unit), tf.mul(x1, x2)));
    },
  };
}
