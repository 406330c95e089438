import * as tf from "@tensorflow/tfjs";
import { type NDArray, size } from "../../engine/nd_array.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { array, checkOptions } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { fixed } from "./fixed.ts";

/**
 * Multiplies every sample, as one row, with a matrix, such as a whitening. The matrix is a buffer: never trained.
 *
 * @param matrix [D, D], with D the numbers in a sample.
 * @throws {UserError} for an option outside its range; in use, when the matrix does not fit the input.
 */
export function whiten(matrix: NDArray): Layer<null> {
  checkOptions("a whitening", [array, { matrix }]);
  const product = (x: Tensor, whitening: Tensor | undefined, transposed: boolean) =>
    tf.reshape(
      tf.matMul(tf.reshape(x, [x.shape[0]!, -1]), whitening!, false, transposed),
      x.shape,
    );
  return {
    describe(inputShape) {
      const length = size(inputShape);
      if (matrix.shape.length !== 2 || matrix.shape.some((extent) => extent !== length)) {
        throw new UserError(
          `whitening: expected a matrix of ${length} rows and columns for inputs of shape [${inputShape}], got the shape [${matrix.shape}]`,
        );
      }
      return { outputShape: inputShape, parameters: { whitening: fixed(matrix) } };
    },
    forward: ({ whitening }, x) => ({ output: product(x, whitening, false), trace: null }),
    reverse: ({ whitening }, _, gradient) => product(gradient, whitening, true),
    linearize: ({ whitening }, _, v) => product(v, whitening, false),
  };
}
