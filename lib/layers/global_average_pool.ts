import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { ImageExtents } from "./conv2d.ts";
import type { Layer } from "./layer.ts";

/**
 * The mean of every channel, a vector. Its reverse layer spreads every element over its channel.
 *
 * @throws {UserError} in use, when the input is not an image.
 */
export function globalAveragePool(): Layer<ImageExtents> {
  const pool = (x: tf.Tensor) => tf.mean(x, [2, 3]);
  return {
    describe(inputShape) {
      if (inputShape.length !== 3) {
        throw new UserError(
          `building a global average pool: expected an image, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: [inputShape[0]!] };
    },
    forward: (_, x) => ({ output: pool(x), trace: { extents: [x.shape[2]!, x.shape[3]!] } }),
    reverse(_, { extents: [height, width] }, gradient) {
      const [rows, channels] = gradient.shape as [number, number];
      const spread = tf.mul(
        tf.reshape(gradient, [rows, channels, 1, 1]),
        tf.ones([1, 1, height, width]),
      );
      return tf.mul(spread, 1 / (height * width));
    },
    linearize: (_, __, v) => pool(v),
  };
}
