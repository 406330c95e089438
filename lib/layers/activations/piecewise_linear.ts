import * as tf from "@tensorflow/tfjs";
import { constant } from "../../engine/constant.ts";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Layer } from "../layer.ts";

/** The linear piece that an input lies on, f(x') = slope x' + offset near x. A constant for the gradient. */
export interface LinearPiece {
  /** [N, ...inputShape]. */
  readonly slope: Tensor;
  /** [N, ...inputShape]. */
  readonly offset: Tensor;
}

/**
 * A layer that applies a piecewise linear function to every element.
 *
 * @param apply f, of a tensor.
 * @param slopeAt f'(x), a constant on every piece.
 */
export function piecewiseLinear(
  apply: (x: Tensor) => Tensor,
  slopeAt: (x: Tensor) => Tensor,
): Layer<LinearPiece> {
  return {
    describe: (inputShape) => ({ outputShape: inputShape }),
    forward(_, x) {
      const slope = constant(() => slopeAt(x));
      const offset = constant(() => tf.sub(apply(x), tf.mul(slope, x)));
      return { output: tf.add(tf.mul(slope, x), offset), trace: { slope, offset } };
    },
    reverse: (_, { slope }, gradient) => maskRows(gradient, slope),
    linearize(_, { slope, offset }, v, unit) {
      const units = tf.reshape(unit, [-1, ...v.shape.slice(1).map(() => 1)]);
      return tf.add(tf.mul(slope, v), tf.mul(offset, units));
    },
  };
}

/** 1 where low < x < high, elsewhere 0. */
export function between(x: Tensor, low: number, high: number): Tensor {
  const [above, below] = [tf.step(tf.sub(x, low)), tf.step(tf.sub(high, x))];
  return low === -Infinity ? below : high === Infinity ? above : tf.mul(above, below);
}
