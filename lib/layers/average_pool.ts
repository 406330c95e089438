import * as tf from "@tensorflow/tfjs";
import { averagePool as pool, upsample } from "../engine/primitives/pooling.ts";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";

/**
 * Average pooling over square windows that tile the image. Its reverse layer spreads every element over its window.
 *
 * @param window Rows and columns of a window, and its stride.
 */
export function averagePool(window: number): Layer<null> {
  return {
    describe(inputShape) {
      const [channels = 0, height = 0, width = 0] = inputShape;
      if (inputShape.length !== 3 || height % window !== 0 || width % window !== 0) {
        throw new UserError(
          `building an average-pooling layer: expected an image whose sides are multiples of ${window}, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: [channels, height / window, width / window] };
    },
    forward: (_, x) => ({ output: pool(x, window), trace: null }),
    reverse: (_, __, gradient) => tf.mul(upsample(gradient, window), 1 / window ** 2),
    linearize: (_, __, v) => pool(v, window),
  };
}
