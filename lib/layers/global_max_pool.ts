import * as tf from "@tensorflow/tfjs";
import { constant } from "../engine/constant.ts";
import { maskRows } from "../engine/primitives/pooling.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";

/** Every channel's first maximum. A constant for the gradient. */
export interface ChannelMaxima {
  /** 1 there, elsewhere 0, [N, C, H, W]. */
  readonly mask: Tensor;
}

/**
 * The maximum of every channel, [C, 1, 1]; of equal ones the first one counts. Its reverse layer puts every element there.
 *
 * @throws {UserError} in use, when the input is not an image.
 */
export function globalMaxPool(): Layer<ChannelMaxima> {
  const chosen = (x: Tensor, mask: Tensor) => tf.sum(tf.mul(x, mask), [2, 3], true);
  return {
    describe(inputShape) {
      if (inputShape.length !== 3) {
        throw new UserError(
          `building a global max pool: expected an image, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: [inputShape[0]!, 1, 1] };
    },
    forward(_, x) {
      const [rows, channels, height, width] = x.shape as [number, number, number, number];
      const mask = constant(() => {
        const first = tf.argMax(tf.reshape(x, [rows, channels, -1]), 2);
        return tf.reshape(tf.oneHot(first, height * width, 1, 0, "float32"), x.shape);
      });
      return { output: chosen(x, mask), trace: { mask } };
    },
    reverse: (_, { mask }, gradient) =>
      maskRows(tf.mul(gradient, tf.ones([1, 1, ...mask.shape.slice(2)])), mask),
    linearize: (_, { mask }, v) => chosen(v, mask),
  };
}
