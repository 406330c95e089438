import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../engine/user_error.ts";
import { listed, repeatRows, unitsFor } from "./broadcast.ts";
import type { Junction } from "./junction.ts";
import type { MulTrace } from "./mul.ts";

/**
 * The product of two matrices that both depend on the input, as in attention: [..., rows, inner] and
 * [..., inner, columns], with the same axes before. Its first-order piece moves with the inputs, like that of {@link mul}:
 * v1 x2 + x1 v2 - a x1 x2.
 *
 * @throws {UserError} in use, when the inputs' shapes do not fit together.
 */
export function matMul(): Junction<MulTrace> {
  return {
    describe(inputShapes) {
      const [shape1 = [], shape2 = []] = inputShapes;
      const outer = shape1.slice(0, -2);
      const fits = inputShapes.length === 2 && shape1.length >= 2 &&
        String(outer) === String(shape2.slice(0, -2)) && shape1.at(-1) === shape2.at(-2);
      if (!fits) {
        throw new UserError(
          `building a product of matrices: expected [..., rows, inner] and [..., inner, columns], got ${
            listed(inputShapes)
          }`,
        );
      }
      return { outputShape: [...outer, shape1.at(-2)!, shape2.at(-1)!] };
    },
    forward: (_, [x1, x2]) => ({ output: tf.matMul(x1!, x2!), trace: { x1: x1!, x2: x2! } }),
    reverse(_, { x1, x2 }, gradient) {
      const rows = gradient.shape[0]! / x1.shape[0]!;
      return [
        tf.matMul(gradient, repeatRows(x2, rows), false, true),
        tf.matMul(repeatRows(x1, rows), gradient, true),
      ];
    },
    linearize(_, { x1, x2 }, [v1, v2], unit) {
      const moved = tf.add(tf.matMul(v1!, x2), tf.matMul(x1, v2!));
      return tf.sub(moved, tf.mul(unitsFor(moved, unit), tf.matMul(x1, x2)));
    },
  };
}
