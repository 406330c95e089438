import * as tf from "@tensorflow/tfjs";
import { constant } from "../../engine/constant.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { broadcastShape, multiplyRows, summedTo } from "./broadcast.ts";
import type { Junction } from "./junction.ts";

/** Which of two inputs each number is, and the inputs' shapes. */
export interface Selection {
  /** 1 for the first input, 0 for the second. A constant for the gradient; [N, ...outputShape], or with extents of 1. */
  readonly first: Tensor;
  /** The shapes of one sample of both. */
  readonly shapes: readonly (readonly number[])[];
}

/**
 * Takes each number from one of two inputs; extents of 1 are repeated.
 *
 * @param what The junction, for messages: "a maximum".
 * @param isFirst Gives 1 where the first input's number is taken, elsewhere 0.
 */
export function selection(
  what: string,
  isFirst: (x1: Tensor, x2: Tensor) => Tensor,
): Junction<Selection> {
  const select = (first: Tensor, x1: Tensor, x2: Tensor) => {
    const ones = tf.onesLike(tf.add(x1, x2));
    const condition = tf.greater(tf.mul(first, ones), 0.5);
    return tf.where(condition, tf.mul(x1, ones), tf.mul(x2, ones));
  };
  return {
    describe: (inputShapes) => ({ outputShape: broadcastShape(inputShapes, what, 2) }),
    forward(_, [x1, x2]) {
      const first = constant(() => isFirst(x1!, x2!));
      const shapes = [x1!.shape.slice(1), x2!.shape.slice(1)];
      return { output: select(first, x1!, x2!), trace: { first, shapes } };
    },
    reverse: (_, { first, shapes: [shape1, shape2] }, gradient) => [
      summedTo(multiplyRows(gradient, first), shape1!),
      summedTo(multiplyRows(gradient, tf.sub(1, first)), shape2!),
    ],
    linearize: (_, { first }, [v1, v2]) => select(first, v1!, v2!),
  };
}
