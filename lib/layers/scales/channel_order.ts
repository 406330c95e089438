import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, list } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";

/**
 * Reorders an image's channels, for example to blue, green and red.
 *
 * @param order Which channel of the input each one of the output is.
 * @throws {UserError} for an option outside its range; in use, when the input is not an image with these channels.
 */
export function channelOrder(order: readonly number[]): Layer<null> {
  checkOptions("an order of channels", [list(0), { order }]);
  const back = order.map((_, channel) => order.indexOf(channel));
  return {
    describe(inputShape) {
      if (inputShape.length !== 3 || inputShape[0] !== order.length || back.includes(-1)) {
        throw new UserError(
          `ordering channels: expected an image whose channels are [${order}] in some order, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: inputShape };
    },
    forward: (_, x) => ({ output: ordered(x, order), trace: null }),
    reverse: (_, __, gradient) => ordered(gradient, back),
    linearize: (_, __, v) => ordered(v, order),
  };
}

function ordered(x: Tensor, order: readonly number[]): Tensor {
  const [rows, _, ...plane] = x.shape as [number, number, ...number[]];
  return tf.concat(order.map((channel) => tf.slice(x, [0, channel], [rows, 1, ...plane])), 1);
}
