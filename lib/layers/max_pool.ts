import * as tf from "@tensorflow/tfjs";
import { firstMaximum, maxPool as pool, unpool, windowSum } from "../engine/primitives/pooling.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";

/** 1 at every window's first maximum, elsewhere 0. A constant for the gradient. */
export interface PoolingSwitches {
  /** [N, C, H, W]. */
  readonly switches: Tensor;
}

/**
 * Max-pooling over square windows that tile the image. Its reverse layer is unpooling with the
 * forward pass's switches.
 *
 * @param window Rows and columns of a window, and its stride.
 */
export function maxPool(window: number): Layer<PoolingSwitches> {
  return {
    init(inputShape) {
      const [channels = 0, height = 0, width = 0] = inputShape;
      if (inputShape.length !== 3 || height % window !== 0 || width % window !== 0) {
        throw new UserError(
          `building a max-pooling layer: expected an image whose sides are multiples of ${window}, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: [channels, height / window, width / window], weights: {} };
    },
    forward: (_, x) => ({ output: pool(x, window), trace: { switches: firstMaximum(x, window) } }),
    reverse: (_, { switches }, gradient) => unpool(gradient, switches, window),
    linearize: (_, { switches }, v) => windowSum(tf.mul(v, switches), window),
  };
}
