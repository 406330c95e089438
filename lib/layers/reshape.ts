import * as tf from "@tensorflow/tfjs";
import { size } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, list } from "./checks/check_options.ts";
import type { FlattenedShape } from "./flatten.ts";
import type { Layer } from "./layer.ts";

/**
 * Gives a sample's numbers another shape, in their order.
 *
 * @param shape The shape of one sample's output.
 * @throws {UserError} for an option outside its range; in use, when the input has another number of elements.
 */
export function reshape(shape: readonly number[]): Layer<FlattenedShape> {
  checkOptions("a layer that reshapes", [list(0), { shape }]);
  const reshaped = (x: tf.Tensor) => tf.reshape(x, [x.shape[0]!, ...shape]);
  return {
    describe(inputShape) {
      if (size(inputShape) !== size(shape)) {
        throw new UserError(
          `building a layer that reshapes: expected ${
            size(shape)
          } numbers for [${shape}], got the shape [${inputShape}]`,
        );
      }
      return { outputShape: shape };
    },
    forward: (_, x) => ({ output: reshaped(x), trace: { shape: x.shape.slice(1) } }),
    reverse: (_, { shape }, gradient) => tf.reshape(gradient, [gradient.shape[0]!, ...shape]),
    linearize: (_, __, v) => reshaped(v),
  };
}
