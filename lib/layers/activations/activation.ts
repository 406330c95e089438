import * as tf from "@tensorflow/tfjs";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Layer } from "../layer.ts";

/**
 * A smooth function's first-order piece at the input x, f(x') = slope x' + offset near x. Unlike masks and switches it
 * moves with x and with the parameters: the gradient of the reverse pass goes through it.
 */
export interface SmoothPiece {
  /** f'(x), [N, ...inputShape]. */
  readonly slope: Tensor;
  /** f(x) - f'(x) x, [N, ...inputShape]. */
  readonly offset: Tensor;
}

/**
 * A layer that applies a smooth function to every element.
 *
 * @param apply f, of a tensor.
 * @param slopeAt f'(x), given y = f(x) and x.
 */
export function activation(
  apply: (x: Tensor) => Tensor,
  slopeAt: (y: Tensor, x: Tensor) => Tensor,
): Layer<SmoothPiece> {
  return {
    describe: (inputShape) => ({ outputShape: inputShape }),
    forward(_, x) {
      const output = apply(x);
      const slope = slopeAt(output, x);
      return { output, trace: { slope, offset: tf.sub(output, tf.mul(slope, x)) } };
    },
    reverse: (_, { slope }, gradient) => maskRows(gradient, slope),
    linearize(_, { slope, offset }, v, unit) {
      const units = tf.reshape(unit, [-1, ...v.shape.slice(1).map(() => 1)]);
      return tf.add(tf.mul(slope, v), tf.mul(offset, units));
    },
  };
}
