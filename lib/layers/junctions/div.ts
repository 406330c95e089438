import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { broadcastShape, multiplyRows, summedTo, unitsFor } from "./broadcast.ts";
import type { Junction } from "./junction.ts";

/** The parts of the first-order piece of a quotient y = x1 / x2, and the shapes of the inputs. */
export interface DivTrace {
  /** y, [N, ...outputShape]. */
  readonly quotient: Tensor;
  /** 1 / x2, [N, ...inputShape]. */
  readonly reciprocal: Tensor;
  /** The shape of one sample of the dividend. */
  readonly dividend: readonly number[];
}

/**
 * Divides the first input by the second element by element; extents of 1 are repeated. Its first-order piece moves with the inputs,
 * like a smooth layer's: a y + (v1 - a x1) / x2 - y (v2 - a x2) / x2 = (v1 - y v2) / x2 + a y.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function div(): Junction<DivTrace> {
  return {
    describe: (inputShapes) => ({ outputShape: broadcastShape(inputShapes, "a quotient", 2) }),
    forward(_, [x1, x2]) {
      const quotient = tf.div(x1!, x2!);
      const reciprocal = tf.div(1, x2!);
      return { output: quotient, trace: { quotient, reciprocal, dividend: x1!.shape.slice(1) } };
    },
    reverse(_, { quotient, reciprocal, dividend }, gradient) {
      const scaled = multiplyRows(gradient, reciprocal);
      const second = tf.neg(multiplyRows(scaled, quotient));
      return [summedTo(scaled, dividend), summedTo(second, reciprocal.shape.slice(1))];
    },
    linearize(_, { quotient, reciprocal }, [v1, v2], unit) {
      const moved = tf.mul(reciprocal, tf.sub(v1!, tf.mul(quotient, v2!)));
      return tf.add(moved, tf.mul(unitsFor(quotient, unit), quotient));
    },
  };
}
