import * as tf from "@tensorflow/tfjs";
import { constant } from "../../engine/constant.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, list } from "../checks/check_options.ts";
import { multiplyRows, unitsFor } from "../junctions/broadcast.ts";
import type { Layer } from "../layer.ts";

/** Input and output, both of which the derivatives use. */
export interface SoftmaxTrace {
  /** x, [N, ...inputShape]. */
  readonly x: Tensor;
  /** y, [N, ...inputShape]. */
  readonly y: Tensor;
}

/**
 * Softmax inside a network, such as attention's: y = exp(x) / sum exp(x). Its Jacobian takes u to y (u - <y, u>). At its end a network
 * needs none: attacks and losses take logits.
 *
 * @param axes The axes of the sum, counted as in PyTorch, with the batch as axis 0; -1 (the last one) unless given.
 * @throws {UserError} for an option outside its range; in use, when the input does not have these axes.
 */
export function softmax({ axes = [-1] }: { readonly axes?: readonly number[] } = {}): Layer<
  SoftmaxTrace
> {
  checkOptions("a softmax", [list(), { axes }]);
  const summed = (x: Tensor) => tf.sum(x, [...axes], true);
  const isLast = (rank: number) => axes.length === 1 && (axes[0]! + rank) % rank === rank - 1;
  return {
    describe(inputShape) {
      const rank = inputShape.length + 1;
      if (axes.length === 0 || !axes.every((axis) => axis !== 0 && axis > -rank && axis < rank)) {
        throw new UserError(
          `building a softmax: expected axes of the shape [${inputShape}], counted from 1, got [${axes}]`,
        );
      }
      return { outputShape: inputShape };
    },
    forward(_, x) {
      if (isLast(x.shape.length)) {
        const y = tf.softmax(x);
        return { output: y, trace: { x, y } };
      }
      const largest = constant(() => tf.max(x, [...axes], true));
      const powers = tf.exp(tf.sub(x, largest));
      const y = tf.div(powers, summed(powers));
      return { output: y, trace: { x, y } };
    },
    reverse(_, { y }, gradient) {
      const weighted = multiplyRows(gradient, y);
      const spread = tf.mul(summed(weighted), tf.ones([1, ...gradient.shape.slice(1)]));
      return tf.sub(weighted, multiplyRows(spread, y));
    },
    linearize(_, { x, y }, v, unit) {
      const units = unitsFor(x, unit);
      const weighted = tf.mul(y, tf.sub(v, tf.mul(units, x)));
      return tf.add(tf.mul(units, y), tf.sub(weighted, tf.mul(y, summed(weighted))));
    },
  };
}
